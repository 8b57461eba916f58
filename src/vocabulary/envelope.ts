import type { Action, Lane, MessageType, ObjectType, Role } from './codes.js';
import type { StatusCode } from './status.js';

/** One end of a message. */
export interface Party {
  id: string;
  role: Role;
}

/** How a REQUEST finds its receiver among those that match. */
export const MATCH_POLICIES = ['best', 'anyOf', 'all'] as const;

/** A receiver that is not named: whoever matches, among the twins that the sender is connected to. */
export interface MatchReceiver {
  /** A discovery query. */
  match: Record<string, unknown>;
  /** `best`: the highest ranked; `anyOf`: the least loaded; `all`: each of them. */
  policy: (typeof MATCH_POLICIES)[number];
  /** How long one candidate may take to answer before the next is asked, in milliseconds. */
  attemptTimeoutMs?: number;
}

/** Data that is too large for a message, kept elsewhere. */
export interface PayloadReference {
  uri: string;
  /** `sha-256:` and the digest of the data in lower-case hexadecimal digits. */
  digest: string;
  /** Size of the data in bytes. */
  size: number;
  contentType?: string;
  /** Until when it can be fetched (RFC 3339). */
  expiresAt?: string;
}

/** Header area of a message (that there is one is grade S of Y.4605; its fields are ours, P). */
export interface MessageHeader {
  /** Unique per sender within the idempotency window; minted by the broker when absent. */
  messageId: string;
  /** Vocabulary version. */
  version: string;
  messageType: MessageType;
  /** Of a RESPONSE: the messageId of the REQUEST it answers. */
  correlationId?: string;
  /** The message that caused this one, across twins. */
  causationId?: string;
  sender: Party;
  receiver?: Party;
  via?: string[];
  federationId?: string;
  connectionId?: string;
  /** When the sender made it; informs only, and refuses repeats older than the idempotency window. */
  timestamp: string;
  /** Lifetime after acceptance, in milliseconds; of a REQUEST, how long its answer may take. */
  ttlMs?: number;
  /** Not to be delivered before this moment (RFC 3339). */
  notBefore?: string;
  /** What becomes of the message when its time is over before it was delivered; default `count`. */
  onExpiry?: 'count' | 'dead-letter';
  /** What becomes of it when the receiver's registration expires while it waits; default `wait`, for as long as its own time lasts. */
  onReceiverExpired?: 'wait' | 'dead-letter';
  /** Of a REQUEST that the broker sent again: the messageId of the first. */
  replayOf?: string;
  hopLimit?: number;
  lane?: Lane;
  /** Messages of one sender with the same key keep their order; default: all of them. */
  orderingKey?: string;
  contentType?: string;
  traceparent?: string;
  runId?: string;
  extensions?: Record<string, unknown>;
}

/** Outcome in a RESPONSE. */
export interface MessageStatus {
  code: StatusCode;
  reason?: string;
  details?: unknown[];
}

/** Data area of a message: object and action information (grade S that it carries them). The payload is kept apart, as text. */
export interface MessageData {
  action: Action;
  object: { type: ObjectType; id?: string; version?: string };
  parameters?: Record<string, unknown>;
  /** When the data was measured (RFC 3339). */
  observedAt?: string;
  /** Instead of a payload: where the data lies. */
  payloadRef?: PayloadReference;
  status?: MessageStatus;
}

/** A message without its payload. */
export interface Envelope {
  header: MessageHeader;
  data: MessageData;
}

/** A message as others see it: the envelope with the payload in its place. */
export interface Message {
  header: MessageHeader;
  data: MessageData & { payload?: unknown };
}

/** Parties that answer for the broker itself. */
export const REGISTRY_PARTY: Party = { id: 'urn:twinfed:registry', role: 'REGISTRY' };
/** The broker's own communication adaptor, which also hosts orchestration for twins that have none. */
export const ADAPTOR_PARTY: Party = { id: 'urn:twinfed:adaptor', role: 'ADAPTOR' };

/**
 * Puts the payload's untouched text into the envelope's text. The envelope ends with the data area, whose last members are written by
 * {@link envelopeText}, so the place is known without parsing.
 */
export function spliceMessage(envelope: string, payload: string | null): string {
  return payload === null ? envelope : `${envelope.slice(0, -2)},"payload":${payload}}}`;
}

/** JSON text of an envelope, with `data` last, as {@link spliceMessage} needs it. */
export function envelopeText({ header, data }: Envelope): string {
  return JSON.stringify({ header, data });
}
