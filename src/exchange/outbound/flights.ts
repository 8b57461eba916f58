import type { OutboundDelivery, SendOutcome } from '../../adaptor/protocol/outbound-protocol.js';
import type { TwinId } from '../../kernel/ids.js';
import type { ClaimResult } from '../inbox/claim.service.js';
import type { SourcedRow } from '../inbox/delivery.js';
import type { Granted } from '../inbox/inbox-state.js';
import { backOffMs } from '../inbox/inbox.service.js';
import type { Place } from '../inbox/settling.js';
import { outboundDelivery } from './outbound-delivery.js';
import type { Settlement, Settler } from './settler.js';

/** What flights ask of the endpoint they fly to. */
export interface Destination {
  readonly receiver: TwinId;
  readonly fence: number;
  readonly maxInFlight: number;
  /** Whether anything may still be sent. */
  readonly isOpen: boolean;
  /** Counts the times that it closed: what was claimed in an earlier period is not sent. */
  readonly period: number;
  /** Epoch milliseconds by the database's clock. */
  now(): number;
  send(row: SourcedRow, delivery: OutboundDelivery): Promise<SendOutcome>;
  /** Told of every outcome; gives for how long the message must wait at least, in milliseconds. */
  landed(outcome: SendOutcome): number;
  /** Told when something was settled: there is room. */
  settled(): void;
}

/** Messages of one lease. */
interface OpenClaim {
  readonly token: string;
  readonly period: number;
  expiresAt: Date;
  left: number;
}

/** Sends what was claimed: keys side by side, the messages of a key one after the other, at most so many at once. */
export class Flights {
  private readonly claims = new Map<string, OpenClaim>();
  private readonly queue: (() => void)[] = [];
  private flying = 0;
  private unsettled = 0;

  constructor(
    private readonly to: Destination,
    private readonly settler: Settler,
  ) {}

  /** Messages that are claimed and not settled. */
  get size(): number {
    return this.unsettled;
  }

  /** Leases that run out within `ms`, of messages still to be settled. */
  running(ms: number): readonly OpenClaim[] {
    return [...this.claims.values()].filter(({ expiresAt }) => expiresAt.getTime() - this.to.now() < ms);
  }

  /** Begins to send what a claim gave. */
  take({ token, expiresAt, deliveries }: ClaimResult): void {
    if (token === undefined || expiresAt === undefined) return;
    const claim = { token, period: this.to.period, expiresAt, left: deliveries.length };
    this.claims.set(token, claim);
    this.unsettled += deliveries.length;
    const runs = new Map<string, Granted<SourcedRow>[]>();
    for (const granted of deliveries) {
      const key = `${granted.candidate.source}\n${granted.candidate.key}`;
      runs.set(key, [...(runs.get(key) ?? []), granted]);
    }
    for (const run of runs.values()) void this.fly(claim, run);
  }

  private async fly(claim: OpenClaim, run: readonly Granted<SourcedRow>[]): Promise<void> {
    for (const [index, granted] of run.entries()) {
      await this.room();
      const settlement = await this.deliver(claim, granted).finally(() => this.leave());
      if (settlement.kind === 'done') {
        void this.settle(claim, settlement, 1);
        continue;
      }
      // The rest of the key comes back with it; or, when it has become a dead letter, by being returned.
      const rest = run.slice(index + 1);
      const next = rest[0]?.candidate;
      const settled = [this.settle(claim, settlement, 1)];
      if (next !== undefined) {
        const place = { source: next.source, position: next.position };
        settled.push(this.settle(claim, { kind: 'returned', token: claim.token, place, notBefore: 0 }, rest.length));
      }
      await Promise.all(settled);
      return;
    }
  }

  /** Delivers one message; never throws. */
  private async deliver(claim: OpenClaim, granted: Granted<SourcedRow>): Promise<Settlement> {
    const { candidate: row, attempt } = granted;
    const { token } = claim;
    const place: Place = { source: row.source, position: row.position };
    const isLate = row.expiresAt.getTime() <= this.to.now() || claim.expiresAt.getTime() <= this.to.now();
    if (!this.to.isOpen || claim.period !== this.to.period || isLate) return { kind: 'returned', token, place, notBefore: 0 };
    const outcome = await this.to.send(row, outboundDelivery(this.to.receiver, granted, claim.expiresAt, this.to.fence));
    const waitMs = this.to.landed(outcome);
    switch (outcome.kind) {
      case 'accepted':
        return { kind: 'done', token, place };
      case 'gone':
        return { kind: 'returned', token, place, notBefore: 0 };
      case 'retry': {
        const { fault, reason } = outcome;
        const from = this.to.now();
        if (fault === 'not-taken')
          return { kind: 'returned', token, place, notBefore: Math.round(from + Math.max(waitMs, backOffMs(attempt))) };
        const notBefore = (attempts: number): number => Math.round(from + Math.max(waitMs, backOffMs(attempts)));
        return { kind: 'failed', token, place, reason: `the endpoint failed: ${reason}`, notBefore };
      }
    }
  }

  private async settle(claim: OpenClaim, settlement: Settlement, count: number): Promise<void> {
    await this.settler.add(settlement);
    this.unsettled -= count;
    claim.left -= count;
    if (claim.left === 0) this.claims.delete(claim.token);
    this.to.settled();
  }

  private async room(): Promise<void> {
    if (this.flying < this.to.maxInFlight) this.flying += 1;
    else await new Promise<void>((resolve) => this.queue.push(resolve));
  }

  /** Gives the place to the next, who counts as flying from then on. */
  private leave(): void {
    const next = this.queue.shift();
    if (next === undefined) this.flying -= 1;
    else next();
  }
}
