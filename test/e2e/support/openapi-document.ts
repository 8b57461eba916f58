/** What these tests read of an OpenAPI 3.1 document. */
export interface OpenApiDocument {
  servers: { url: string }[];
  paths: Record<string, Partial<Record<Method, RawOperation>>>;
  components: { securitySchemes: Record<string, { type: string; flows?: { clientCredentials?: { tokenUrl: string } } }> };
}

/** HTTP methods in the order in which a document lists them is the document's own; these are the ones there may be. */
const METHODS = ['get', 'put', 'post', 'delete', 'patch', 'head', 'options'] as const;
export type Method = (typeof METHODS)[number];

/** An example, alone or by name. */
interface Exemplified {
  schema?: unknown;
  example?: unknown;
  examples?: Record<string, { value: unknown }>;
}

export interface Parameter extends Exemplified {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
}

export interface ResponseObject {
  content?: Record<string, Exemplified>;
}

interface RawOperation {
  operationId: string;
  security?: Record<string, string[]>[];
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content: Record<string, Exemplified> };
  responses: Record<string, ResponseObject>;
}

/** An operation with where it stands. */
export interface Operation extends RawOperation {
  method: Method;
  path: string;
  /** JSON Pointer of the operation in the document. */
  pointer: string;
}

/** A text as one token of a JSON Pointer (RFC 6901). */
export const token = (text: string): string => text.replaceAll('~', '~0').replaceAll('/', '~1');

/** Every operation in the order of the document. */
export function operationsOf(document: OpenApiDocument): Operation[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    (Object.entries(item) as [Method, RawOperation][])
      .filter(([method]) => METHODS.includes(method))
      .map(([method, operation]) => ({ ...operation, method, path, pointer: `/paths/${token(path)}/${method}` })),
  );
}

/** Every example given, by name. */
export function examplesOf({ example, examples }: Exemplified): Record<string, unknown> {
  const named = Object.entries(examples ?? {}).map(([name, { value }]): [string, unknown] => [name, value]);
  return Object.fromEntries(example === undefined ? named : [...named, ['example', example]]);
}

/** The example a reader would take first: of the thing itself, then of its schema, then put together from those of its properties. */
export function firstExample(document: OpenApiDocument, thing: Exemplified): unknown {
  const [own] = Object.values(examplesOf(thing));
  return own ?? exampleOfSchema(document, thing.schema);
}

interface Schema {
  $ref?: string;
  example?: unknown;
  examples?: unknown[];
  properties?: Record<string, unknown>;
  allOf?: unknown[];
}

function exampleOfSchema(document: OpenApiDocument, schema: unknown): unknown {
  const { $ref, example, examples, properties, allOf } = (schema ?? {}) as Schema;
  if ($ref !== undefined) return exampleOfSchema(document, resolve(document, $ref));
  if (example !== undefined || examples !== undefined) return example ?? examples?.[0];
  if (allOf?.length === 1) return exampleOfSchema(document, allOf[0]);
  if (properties === undefined) return undefined;
  const members = Object.entries(properties).map(([name, member]) => [name, exampleOfSchema(document, member)] as const);
  return Object.fromEntries(members.filter(([, value]) => value !== undefined));
}

function resolve(document: unknown, ref: string): unknown {
  return ref
    .slice(2)
    .split('/')
    .reduce<unknown>((place, part) => (place as Record<string, unknown>)[part.replaceAll('~1', '/').replaceAll('~0', '~')], document);
}
