import { readInstant } from '../../registry/instant.js';
import { envelopeText, type Envelope } from '../../vocabulary/envelope.js';
import { KIND_NUMBERS, LANE_NUMBERS, type NewLogRow, TRAITS } from '../log/log-row.js';
import type { IncomingMessage } from './incoming-message.js';
import { DEFAULT_REQUEST_TTL_MS, DEFAULT_TTL_MS } from './limits.js';

/** What acceptance found out about a message, beyond what it says itself. */
export interface Placement {
  /** Where it is appended: the receiver's inbox or a stream. */
  channel: string;
  /** Whether the broker watches over its answer. */
  answerable?: boolean;
  answers?: NewLogRow['answers'];
  connectionId?: string;
  planVersion?: number;
  /** The longest life it may have, in milliseconds. */
  retentionMs: number;
  /** Streams are one ordered sequence, whatever lane their messages name. */
  isStream?: boolean;
  /** The receiver is in maintenance until then. */
  receiverBackAt?: Date;
}

/** Lifetime of a message from its acceptance on, in milliseconds. */
export function lifetimeMs(envelope: Envelope, retentionMs: number, answerable: boolean): number {
  return Math.min(envelope.header.ttlMs ?? (answerable ? DEFAULT_REQUEST_TTL_MS : DEFAULT_TTL_MS), retentionMs);
}

/** The log row of an accepted message. */
export function newRow(message: IncomingMessage, placement: Placement): NewLogRow {
  const { header } = message.envelope;
  const answerable = placement.answerable ?? false;
  return {
    channel: placement.channel,
    lane: placement.isStream === true ? LANE_NUMBERS.normal : LANE_NUMBERS[header.lane ?? 'normal'],
    orderingKey: header.orderingKey === undefined ? header.sender.id : `${header.sender.id} ${header.orderingKey}`,
    sender: header.sender.id,
    messageId: header.messageId,
    kind: KIND_NUMBERS[header.messageType],
    fingerprint: message.fingerprint,
    ttlMs: lifetimeMs(message.envelope, placement.retentionMs, answerable),
    // In UTC: PostgreSQL takes no zone beyond 15:59 hours, RFC 3339 does.
    sentAt: message.hasOwnId ? (readInstant(header.timestamp) ?? null) : null,
    answerable,
    answers: placement.answers ?? null,
    connectionId: placement.connectionId ?? null,
    planVersion: placement.planVersion ?? null,
    envelope: envelopeText(message.envelope),
    payload: message.payload?.text ?? null,
    notBefore: header.notBefore === undefined ? null : (readInstant(header.notBefore) ?? null),
    traits:
      (header.onExpiry === 'dead-letter' ? TRAITS.deadLetterOnExpiry : 0) |
      (header.onReceiverExpired === 'dead-letter' ? TRAITS.deadLetterOnReceiverExpiry : 0),
  };
}
