import { DomainError } from '../../problems/domain-error.js';
import { readInstant } from '../../registry/instant.js';
import type { Envelope } from '../../vocabulary/envelope.js';

/** The largest payload that a message may refer to, in bytes. */
export const MAX_REFERENCED_BYTES = 2 ** 40;
/** How a payload may be fetched, or named. The broker itself never follows a reference. */
export const REFERENCE_SCHEMES = ['https:', 'http:', 'urn:'] as const;

function refuse(member: string, detail: string): DomainError {
  const pointer = `/data/payloadRef${member}`;
  return new DomainError('validation-failed', `${pointer} ${detail}.`, { pointer, errors: [{ pointer, detail }] });
}

/**
 * Checks a payload that is given by reference; a message without one passes. What it refers to is neither fetched nor held against the
 * schema of the feature: that, and comparing the digest, is the receiver's part.
 * @param now epoch milliseconds by the database's clock
 * @throws DomainError `validation-failed`, `payload-too-large`, `expired` when it can no longer be fetched
 */
export function checkPayloadReference({ data }: Envelope, now: number): void {
  const { payloadRef, object } = data;
  if (payloadRef === undefined) return;
  if (object.type !== 'data' && object.type !== 'function') {
    throw refuse('', 'is for data and functions of twins; what the broker carries out itself needs its payload in the message');
  }
  const protocol = URL.canParse(payloadRef.uri) ? new URL(payloadRef.uri).protocol : undefined;
  if (/[\s\x00-\x1f\x7f]/.test(payloadRef.uri) || !REFERENCE_SCHEMES.some((scheme) => scheme === protocol)) {
    throw refuse('/uri', `must be a URI of ${REFERENCE_SCHEMES.map((scheme) => scheme.slice(0, -1)).join(', ')}`);
  }
  if (payloadRef.size > MAX_REFERENCED_BYTES) {
    throw new DomainError('payload-too-large', `A payload by reference may have at most ${MAX_REFERENCED_BYTES} bytes.`, {
      pointer: '/data/payloadRef/size',
    });
  }
  const until = payloadRef.expiresAt === undefined ? undefined : readInstant(payloadRef.expiresAt);
  if (until !== undefined && Date.parse(until) <= now) {
    throw new DomainError('expired', 'The payload that the message refers to can no longer be fetched.', {
      pointer: '/data/payloadRef/expiresAt',
    });
  }
}
