import { InvalidCursor } from '../../kernel/page.js';
import { DomainError } from '../../problems/domain-error.js';
import { type AdaptedMessage, messageText } from '../adaptation/adapted-message.js';
import { KIND_NUMBERS, type LogRow, type Position, TRAITS } from '../log/log-row.js';
import type { EpochTerms } from '../subscription/terms/subscription-terms.js';
import type { Place } from './settling.js';

/** A log row as a source of an inbox sees it. */
export interface SourcedRow extends LogRow {
  source: string;
  key: string;
  /** What its subscription asks of it. */
  terms?: EpochTerms;
  /** Whether it is the value that was the last when the subscription was made. */
  lastValue?: boolean;
  /** The message as the receiver gets it, where that is not what was sent. */
  adapted?: AdaptedMessage;
}

/** What a delivery says beside its message. */
export interface DeliveryFacts {
  attempt?: number;
  redelivered?: boolean;
  subscriptionId?: string;
  status?: 'PENDING' | 'LEASED';
}

/** The opaque id of a delivery within an inbox. */
export function deliveryId(place: Place): string {
  return Buffer.from(`${place.source} ${place.position}`).toString('base64url');
}

/** @throws DomainError `validation-failed` when the text is not a delivery id */
export function parseDeliveryId(id: string, pointer: string): Place {
  const [source, position] = Buffer.from(id, 'base64url').toString().split(' ');
  if (source === undefined || position === undefined || !/^\d{1,19}$/.test(position)) {
    throw new DomainError('validation-failed', 'A delivery id must be one that a claim or browse gave.', {
      pointer,
      errors: [{ pointer, detail: 'is not a delivery id' }],
    });
  }
  return { source, position };
}

/**
 * A delivery as JSON text, the message spliced in untouched. `answerBy` is there when the receiver is expected to answer, and says until when.
 */
export function deliveryText(row: SourcedRow, { attempt, redelivered, subscriptionId, status }: DeliveryFacts): string {
  const awaitsAnswer = row.kind === KIND_NUMBERS.REQUEST && row.requestSegment !== null;
  const expiresAt = row.expiresAt.toISOString();
  // Member by member: a serializer would look at every message for what is known here.
  let text = `{"id":"${deliveryId(row)}","acceptedAt":"${row.acceptedAt.toISOString()}","expiresAt":"${expiresAt}"`;
  if (awaitsAnswer) text += `,"answerBy":"${expiresAt}"`;
  if (row.lastValue === true) text += ',"lastValue":true';
  if (attempt !== undefined) text += `,"attempt":${attempt}`;
  if (redelivered !== undefined) text += `,"redelivered":${redelivered}`;
  if (subscriptionId !== undefined) text += `,"subscriptionId":${JSON.stringify(subscriptionId)}`;
  if (status !== undefined) text += `,"status":"${status}"`;
  return `${text},"replayed":${(row.traits & TRAITS.replayed) !== 0},"message":${messageText(row)}}`;
}

/** A reader's place in all its sources, as an opaque text bound to the log's epoch. */
export function encodeVector(epoch: string, vector: Readonly<Record<string, Position>>): string {
  return Buffer.from(JSON.stringify([epoch, vector])).toString('base64url');
}

/** @throws InvalidCursor when the text is not a place, or is from before the database was restored from a backup */
export function decodeVector(epoch: string, text: string): Record<string, Position> {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    throw new InvalidCursor('is not a position of this inbox');
  }
  if (!Array.isArray(value) || typeof value[0] !== 'string' || typeof value[1] !== 'object' || value[1] === null) {
    throw new InvalidCursor('is not a position of this inbox');
  }
  if (value[0] !== epoch) throw new InvalidCursor('is from another epoch of the log (the database was restored); start again without it');
  const vector: Record<string, Position> = {};
  for (const [key, position] of Object.entries(value[1] as Record<string, unknown>)) {
    if (typeof position !== 'string' || !/^\d{1,18}$/.test(position)) throw new InvalidCursor('is not a position of this inbox');
    vector[key] = position;
  }
  return vector;
}
