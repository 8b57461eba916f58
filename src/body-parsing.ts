import type { IncomingMessage } from 'node:http';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { decodeUtf8, jsonTextReader } from './kernel/json-text.js';
import { DomainError } from './problems/domain-error.js';
import { authenticateCaller } from './security/caller-authentication.js';
import { TokenVerifier } from './security/token-verifier.js';

/** The largest body of an array of messages or a set of twins, in bytes. */
const MAX_BATCH_BYTES = 32 * 1024 * 1024;
/** The largest body of anything else, in bytes. */
const MAX_BODY_BYTES = 1024 * 1024;
/** Bodies read line by line, each line with its own limit; their handlers take the stream. */
const LINE_ROUTES = ['/v1/twins/bulk', '/v1/messages'];
const LINE_TYPES = ['application/x-ndjson', 'application/ndjson', 'application/jsonl'];
/** Documents that a vocabulary is imported from. */
const VOCABULARY_IMPORT = '/v1/dictionary/vocabularies/:id/import';
const MAX_VOCABULARY_BYTES = 4 * 1024 * 1024;
/** The largest form, in bytes: only the token endpoint takes one. */
const MAX_FORM_BYTES = 16 * 1024;
const JSON_TYPE = /^application\/(?:json|[a-z0-9.+-]+\+json)\s*(?:;.*)?$/i;

/** Fastify's own limit: what no route may exceed. */
export const BODY_LIMIT = MAX_BATCH_BYTES;

const readJson = jsonTextReader({ refuseNul: true });

/** Messages and values are read from their text, so that payloads keep every digit; their handlers take a string. */
function takesText(request: FastifyRequest): boolean {
  const route = request.routeOptions.url ?? '';
  return (
    (route === '/v1/messages' && request.method === 'POST') ||
    route === '/v1/twins/import' ||
    route === '/v1/bindings/:id/notifications' ||
    (route.endsWith('/value') && request.method === 'PUT')
  );
}

function comesInLines(request: FastifyRequest): boolean {
  const type = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return request.method === 'POST' && LINE_ROUTES.includes(request.routeOptions.url ?? '') && LINE_TYPES.includes(type);
}

function limitOf(request: FastifyRequest): number {
  if (comesInLines(request)) return Infinity;
  const route = request.routeOptions.url ?? '';
  if (route === VOCABULARY_IMPORT) return MAX_VOCABULARY_BYTES;
  const takesMany =
    route === '/v1/messages' || route === '/v1/twins/import' || (route === '/v1/twin-sets/:name' && request.method === 'PUT');
  return takesMany ? MAX_BATCH_BYTES : MAX_BODY_BYTES;
}

/** Fields of a form; one that comes twice is a list. */
function formFields(body: string): Record<string, string | string[]> {
  const form = new URLSearchParams(body);
  const fields: [string, string | string[]][] = [...new Set(form.keys())].map((name) => {
    const values = form.getAll(name);
    return [name, values.length === 1 ? (values[0] ?? '') : values];
  });
  return Object.fromEntries(fields);
}

function tooLarge(limit: number): DomainError {
  return new DomainError('payload-too-large', `The body may have at most ${limit} bytes here.`);
}

/**
 * Reads JSON bodies strictly: valid UTF-8, no duplicate keys, bounded nesting, no NUL in what is stored as columns. A body that is too large by
 * its own word is refused before it is read.
 */
export function setUpBodyParsing(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', (request, _reply, done) => {
    const limit = limitOf(request);
    done(Number(request.headers['content-length'] ?? 0) > limit ? tooLarge(limit) : undefined);
  });
  // Nobody without a token makes the broker read a large body. The guard asks again, and is answered from memory.
  const verifier = app.get(TokenVerifier);
  fastify.addHook('onRequest', async (request, reply) => {
    if (limitOf(request) > MAX_BODY_BYTES) await authenticateCaller(verifier, request, reply);
  });
  fastify.removeContentTypeParser('application/json');
  fastify.addContentTypeParser(
    JSON_TYPE,
    { parseAs: 'buffer' },
    (request: FastifyRequest, body: Buffer, done: (error: Error | null, value?: unknown) => void) => {
      try {
        if (body.length > limitOf(request)) throw tooLarge(limitOf(request));
        const text = decodeUtf8(body);
        done(null, takesText(request) ? text : text.trim() === '' ? undefined : readJson(text).value);
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)));
      }
    },
  );
  for (const type of LINE_TYPES) {
    fastify.addContentTypeParser(
      type,
      (request: FastifyRequest, body: IncomingMessage, done: (error: Error | null, value?: unknown) => void) => {
        if (comesInLines(request)) done(null, body);
        else
          done(
            new DomainError(
              'unsupported-media-type',
              'Only a bulk of twins and messages are sent line by line; send JSON (Content-Type: application/json).',
            ),
          );
      },
    );
  }
  fastify.removeContentTypeParser('text/plain');
  fastify.addContentTypeParser(
    'text/turtle',
    { parseAs: 'buffer' },
    (request: FastifyRequest, body: Buffer, done: (error: Error | null, value?: unknown) => void) => {
      try {
        if (request.routeOptions.url !== VOCABULARY_IMPORT)
          throw new DomainError(
            'unsupported-media-type',
            'Only the import of a vocabulary takes Turtle; send JSON (Content-Type: application/json).',
          );
        if (body.length > limitOf(request)) throw tooLarge(limitOf(request));
        done(null, decodeUtf8(body));
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)));
      }
    },
  );
  fastify.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: MAX_FORM_BYTES },
    (request: FastifyRequest, body: string, done: (error: Error | null, value?: unknown) => void) => {
      if (request.routeOptions.url === '/oauth/token') done(null, formFields(body));
      else
        done(
          new DomainError('unsupported-media-type', 'Only the token endpoint takes a form; send JSON (Content-Type: application/json).'),
        );
    },
  );
}
