import type { OpenAPIObject } from '@nestjs/swagger';
import { describeProblems } from './openapi-problems.js';

function aDocument(): OpenAPIObject {
  return {
    openapi: '3.1.0',
    info: { title: 'test', version: '0' },
    paths: {
      '/v1/things': {
        get: { security: [{ organization: [] }], responses: { '200': { description: 'ok' }, '404': { description: 'gone' } } },
        post: {
          security: [],
          responses: {
            '201': { description: 'made' },
            '503': { description: 'own form', content: { 'application/json': { schema: { type: 'object' } } } },
          },
        },
      },
    },
  };
}

describe('failures in the description', () => {
  const document = aDocument();
  describeProblems(document);
  const { get, post } = document.paths['/v1/things'] ?? {};
  const problem = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };

  it('are problem documents unless they say otherwise', () => {
    expect(get?.responses['404']).toEqual({ description: 'gone', content: problem });
    expect(get?.responses['default']).toMatchObject({ content: problem });
    expect(post?.responses['503']).toMatchObject({ content: { 'application/json': {} } });
    expect(get?.responses['200']).toEqual({ description: 'ok' });
  });

  it('include 401 where a token is needed, and only there', () => {
    expect(get?.responses['401']).toMatchObject({ content: problem });
    expect(post?.responses['401']).toBeUndefined();
  });

  it('name every type of problem', () => {
    expect(document.components?.schemas?.['Problem']).toMatchObject({
      properties: { type: { enum: expect.arrayContaining(['urn:twinfed:problem:not-found']) as string[] } },
    });
  });
});
