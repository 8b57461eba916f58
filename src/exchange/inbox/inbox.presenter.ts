import type { Page } from '../../kernel/page.js';
import { LANES } from '../../vocabulary/codes.js';
import { spliceMessage } from '../../vocabulary/envelope.js';
import type { ClaimResult } from './claim.service.js';
import { deliveryText } from './delivery.js';
import type { DeadLetter } from './inbox.service.js';

/** A claim as JSON text; the messages' own texts are spliced in untouched. */
export function claimText({ claimId, token, expiresAt, deliveries }: ClaimResult): string {
  const head = JSON.stringify({ claimId, leaseToken: token, expiresAt: expiresAt?.toISOString() });
  const items = deliveries.map(({ candidate, attempt, redelivered }) => deliveryText(candidate, { attempt, redelivered, replayed: false }));
  return `${head.slice(0, -1)},"deliveries":[${items.join(',')}]}`;
}

/** A page of JSON texts as JSON text. */
export function pageText({ items, next }: Page<string>): string {
  return `{"items":[${items.join(',')}]${next === undefined ? '' : `,"next":${JSON.stringify(next)}`}}`;
}

/** A dead letter as JSON text. */
export function deadLetterText(letter: DeadLetter & { lane?: number }): string {
  const { position, sender, messageId, reason, attempts, diedAt, lane } = letter;
  const head = JSON.stringify({ id: position, sender, messageId, lane: LANES[lane ?? 1], reason, attempts, diedAt: diedAt.toISOString() });
  return `${head.slice(0, -1)},"message":${spliceMessage(letter.envelope, letter.payload)}}`;
}
