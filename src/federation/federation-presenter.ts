import type { FastifyReply } from 'fastify';
import { entityTag } from '../problems/entity-tag.js';
import { connectionWire, type ConnectionDto } from './dto/connection.dto.js';
import { federationWire, type FederationDto } from './dto/federation.dto.js';
import type { Connection } from './connection.entity.js';
import type { Federation } from './federation.entity.js';

/** The federation with its ETag; 201 with its Location when it has just been created. */
export function presentFederation(reply: FastifyReply, federation: Federation, created = false): FederationDto {
  void reply.header('etag', entityTag(federation)).code(created ? 201 : 200);
  if (created) void reply.header('location', `/v1/federations/${encodeURIComponent(federation.id)}`);
  return federationWire(federation);
}

/** The connection; 201 with its Location when it has just been requested. */
export function presentConnection(reply: FastifyReply, connection: Connection, created = false): ConnectionDto {
  void reply.code(created ? 201 : 200);
  if (created) void reply.header('location', `/v1/connections/${encodeURIComponent(connection.id)}`);
  return connectionWire(connection);
}

/** Descriptions of the refusals, for the OpenAPI document. */
export const INVALID = {
  status: 400,
  description: 'A field is wrong; `errors` names each by JSON pointer (problem+json `validation-failed`).',
};
export const INVALID_LIST = {
  status: 400,
  description: 'A filter or the cursor is wrong (problem+json `validation-failed`, `invalid-cursor`).',
};
export const FORBIDDEN = { status: 403, description: 'The caller does not act for the twin that has to (problem+json `forbidden`).' };
export const NOT_FOUND = { status: 404, description: 'There is no such thing, or the caller may not see it (problem+json `not-found`).' };
export const CONFLICT = { status: 409, description: 'The present state does not allow this (problem+json `state-conflict`).' };
export const TAKEN = {
  status: 409,
  description: 'The id is in use (`already-exists`), or the state does not allow this (`state-conflict`).',
};
export const RUN_OUT = { status: 410, description: 'The request has run out (problem+json `expired`).' };
export const CHANGED = { status: 412, description: 'The federation has changed since it was read (problem+json `precondition-failed`).' };
export const UNCONDITIONAL = { status: 428, description: 'If-Match is missing (problem+json `precondition-required`).' };
