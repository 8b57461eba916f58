import type { OpenAPIObject } from '@nestjs/swagger';
import { PROBLEMS, problemType } from '../problems/catalogue.js';

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;
type PathItem = OpenAPIObject['paths'][string];
/** One operation of the document. */
export type Operation = NonNullable<PathItem['get']>;

const METHODS = ['get', 'put', 'post', 'delete', 'patch', 'head', 'options'] as const;
const PROBLEM_REF = { $ref: '#/components/schemas/Problem' };
const AT_ANY_TIME = 'Any other failure, as a problem document (RFC 9457).';

/** RFC 9457 problem document with this product's members. */
const PROBLEM_SCHEMAS: Schemas = {
  Problem: {
    type: 'object',
    description:
      'Why a request failed (RFC 9457). `type` is stable and explained in docs/problems.md; branch on it, show `detail` to people.',
    required: ['type', 'title', 'status', 'code', 'detail'],
    properties: {
      type: { type: 'string', format: 'uri', enum: (Object.keys(PROBLEMS) as (keyof typeof PROBLEMS)[]).map(problemType) },
      title: { type: 'string', description: 'What went wrong; the same for every problem of this type.' },
      status: { type: 'integer', description: 'The HTTP status.' },
      code: { type: 'string', description: 'The status code that a Y.4605-style RESPONSE would carry for this.' },
      detail: { type: 'string', description: 'What went wrong this time, and what to do.' },
      instance: { type: 'string', description: 'The request, as found in the log of the broker.' },
      pointer: { type: 'string', description: 'Where in the body, as a JSON Pointer (RFC 6901).' },
      errors: {
        type: 'array',
        items: { $ref: '#/components/schemas/ProblemPlace' },
        description: 'Every wrong place, when there are several.',
      },
    },
    additionalProperties: true,
    example: {
      type: problemType('not-found'),
      title: PROBLEMS['not-found'].title,
      status: PROBLEMS['not-found'].http,
      code: PROBLEMS['not-found'].status,
      detail: 'There is no twin urn:example:twin:unknown, or you may not see it.',
      instance: 'urn:twinfed:request:6f1b3c1e-6b0a-4a6e-8d0e-2f4a8c1d9e77',
    },
  },
  ProblemPlace: {
    type: 'object',
    required: ['pointer', 'detail'],
    properties: {
      pointer: { type: 'string', description: 'JSON Pointer (RFC 6901) into the body; empty means the whole.' },
      detail: { type: 'string', description: 'What is wrong there.' },
    },
  },
};

/** Every operation of the document with its path. */
export function operationsOf(document: OpenAPIObject): { path: string; operation: Operation }[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      return operation === undefined ? [] : [{ path, operation }];
    }),
  );
}

/**
 * Writes down once what holds everywhere, so that controllers need not repeat it: failures are problem documents, an operation that
 * needs a token may answer 401, and anything may fail.
 */
export function describeProblems(document: OpenAPIObject): void {
  document.components ??= {};
  document.components.schemas = { ...document.components.schemas, ...PROBLEM_SCHEMAS };
  for (const { operation } of operationsOf(document)) {
    const responses = operation.responses as Record<string, { description?: string; content?: object; $ref?: string } | undefined>;
    if ((operation.security ?? []).length > 0)
      responses['401'] ??= { description: 'No valid bearer token was sent (problem+json `unauthenticated`).' };
    responses['default'] ??= { description: AT_ANY_TIME };
    for (const [status, response] of Object.entries(responses)) {
      const failure = status === 'default' || Number(status) >= 400;
      if (failure && response !== undefined && response.$ref === undefined)
        response.content ??= { 'application/problem+json': { schema: PROBLEM_REF } };
    }
  }
}
