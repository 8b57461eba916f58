import { Injectable } from '@nestjs/common';

/** Why messages were passed over without being delivered. */
export const PASSED_REASONS = ['dropped', 'coalesced', 'purged', 'aged', 'expired', 'dead-lettered'] as const;
export type PassedReason = (typeof PASSED_REASONS)[number];

/** What this broker counted since it started; never by twin, so that the number of series stays what it is. */
@Injectable()
export class InboxFigures {
  private readonly counts = new Map<PassedReason, number>();
  private refusals = 0;

  /** Counts messages that were passed over. */
  passed(reason: PassedReason, messages: number): void {
    if (messages > 0) this.counts.set(reason, (this.counts.get(reason) ?? 0) + messages);
  }

  /** Counts a message refused because its inbox is full. */
  refused(): void {
    this.refusals += 1;
  }

  /** How many were passed over for this reason. */
  count(reason: PassedReason): number {
    return this.counts.get(reason) ?? 0;
  }

  /** How many were refused because an inbox was full. */
  get refusedFull(): number {
    return this.refusals;
  }
}
