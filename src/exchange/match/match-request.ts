import { createHash } from 'node:crypto';
import type { TwinId } from '../../kernel/ids.js';
import type { Envelope, MATCH_POLICIES } from '../../vocabulary/envelope.js';

/** How one of several candidates is chosen. */
export type MatchPolicy = (typeof MATCH_POLICIES)[number];

/** A twin that may get the message, with what is needed to send it there. In the order of preference, best first. */
export interface MatchCandidate {
  readonly receiver: TwinId;
  readonly status: 'ACTIVE' | 'STALE';
  readonly connectionId: string;
  readonly planVersion: number;
  /** Whether asking it twice does no harm: a RETRIEVE, or a function that is declared idempotent. */
  readonly repeatable: boolean;
  /** By relevance, by distance in meters, and for anyOf the messages that waited in its inbox. */
  readonly score?: number;
  readonly meters?: number;
  readonly load?: number;
}

/** A message whose receiver was found by what it matches, as it was resolved. */
export interface MatchRequest {
  readonly requester: string;
  readonly messageId: string;
  /** Segment of its acceptance. */
  readonly segment: number;
  readonly policy: MatchPolicy;
  /** The query document, as JSON text. */
  readonly query: string;
  readonly attemptTimeoutMs: number | null;
  readonly acceptedAt: Date;
  /** Of a REQUEST. */
  readonly deadline: Date | null;
  readonly candidates: readonly MatchCandidate[];
}

/** Why an attempt was made: `chosen` at acceptance; because the one before got no answer in time, or died. */
export type AttemptReason = 'chosen' | 'timed-out' | 'dead';

/** One receiver that was asked. */
export interface MatchAttempt {
  readonly requester: string;
  readonly messageId: string;
  readonly segment: number;
  /** From 1. Of best and anyOf the highest counts; of all, every one. */
  readonly ordinal: number;
  readonly receiver: TwinId;
  /** Under which message id the acceptance of its log row is noted. */
  readonly partId: string;
  readonly reason: AttemptReason;
  readonly startedAt: Date;
  readonly attemptUntil: Date | null;
  /** Why its receiver will not answer. */
  readonly dead: string | null;
}

/** Why an attempt is dead whose receiver's registration ran out. */
export const RECEIVER_EXPIRED = 'the registration of the receiver has expired';

/** The most candidates that are remembered, for falling back. */
export const MAX_CANDIDATES = 20;
/** The most twins that `all` reaches. */
export const MAX_PARTS = 100;

/** Under which id a later attempt's log row is accepted. The ids of senders hold no spaces. */
export function attemptId(messageId: string, ordinal: number): string {
  return ordinal === 1 ? messageId : `${messageId} ${ordinal}`;
}

/** The message id of the part of an `all` that goes to this receiver; the same whenever it is made. */
export function partId(messageId: string, receiver: string): string {
  return `part-${createHash('sha256').update(`${messageId}\n${receiver}`).digest('base64url')}`;
}

/** Of a part of an `all`: the message id of the whole. */
export function wholeOf({ header }: Envelope): string | undefined {
  const { causationId, messageId, receiver } = header;
  if (causationId === undefined || receiver === undefined || !messageId.startsWith('part-')) return undefined;
  return partId(causationId, receiver.id) === messageId ? causationId : undefined;
}
