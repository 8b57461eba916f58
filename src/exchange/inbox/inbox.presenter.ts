import type { Page } from '../../kernel/page.js';
import type { ClaimResult } from './claim.service.js';
import { deliveryText } from './delivery.js';

/** A claim as JSON text; the messages' own texts are spliced in untouched. */
export function claimText({ claimId, token, expiresAt, deliveries, paused }: ClaimResult): string {
  const head = JSON.stringify({ claimId, leaseToken: token, expiresAt: expiresAt?.toISOString(), paused });
  const items = deliveries.map(({ candidate, attempt, redelivered }) => deliveryText(candidate, { attempt, redelivered }));
  return `${head.slice(0, -1)},"deliveries":[${items.join(',')}]}`;
}

/** A page of JSON texts as JSON text. */
export function pageText({ items, next }: Page<string>): string {
  return `{"items":[${items.join(',')}]${next === undefined ? '' : `,"next":${JSON.stringify(next)}`}}`;
}
