import type { Transaction } from '../../database/unit-of-work.js';
import type { TwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import type { Principal } from '../../security/principal.js';
import type { Envelope } from '../../vocabulary/envelope.js';
import type { StatusCode } from '../../vocabulary/status.js';

/** A REQUEST that the broker carries out itself: for the registry, for the adaptor, or as the orchestration it hosts for twins. */
export interface HostedRequest {
  /** Who sent it, as a principal that acts for the sender alone. */
  principal: Principal;
  /** The principal of the token, which for an organization may register new twins. */
  caller: Principal;
  sender: TwinId;
  envelope: Envelope;
  /** The payload's value; undefined when there is none. */
  payload: unknown;
  tx: Transaction;
}

/** What the broker answers. */
export interface HostedAnswer {
  code: Extract<StatusCode, 'OK' | 'CREATED' | 'ACCEPTED' | 'NO_CONTENT'>;
  payload?: unknown;
}

/** Carries out one kind of request. */
export type HostedHandler = (request: HostedRequest) => Promise<HostedAnswer>;

/** The id of the object; required by most hosted requests. @throws DomainError `validation-failed` */
export function objectId({ envelope }: HostedRequest): string {
  const { id, type } = envelope.data.object;
  if (id === undefined) {
    throw new DomainError('validation-failed', `The id of the ${type} is required.`, {
      pointer: '/data/object/id',
      errors: [{ pointer: '/data/object/id', detail: 'is required here' }],
    });
  }
  return id;
}

/** The twin a request is addressed to. */
export function receiverId({ envelope }: HostedRequest): string {
  return envelope.header.receiver?.id ?? '';
}

/** The payload as a JSON object; an absent one is empty. @throws DomainError `validation-failed` */
export function payloadObject({ payload }: HostedRequest): Record<string, unknown> {
  if (payload === undefined) return {};
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) {
    throw new DomainError('validation-failed', 'The payload must be a JSON object.', {
      pointer: '',
      errors: [{ pointer: '', detail: 'must be an object' }],
    });
  }
  return payload as Record<string, unknown>;
}

const OUTSIDE_PAYLOAD = /^\/(?:header|data\/(?:object|parameters))\//;

/** Places in a body are places in the payload, when the body came in a message. */
export function inPayload(error: unknown): unknown {
  if (!(error instanceof DomainError) || error.code !== 'validation-failed') return error;
  return OUTSIDE_PAYLOAD.test(error.pointer ?? '') ? error : error.beneath('/data/payload');
}
