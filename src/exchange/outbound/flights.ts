import type { OutboundDelivery, SendOutcome } from '../../adaptor/protocol/outbound-protocol.js';
import type { TwinId } from '../../kernel/ids.js';
import type { ClaimResult } from '../inbox/claim.service.js';
import type { SourcedRow } from '../inbox/delivery.js';
import type { Granted } from '../inbox/claim.js';
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
  /** Whether a message is still in the lease under which it was claimed. */
  isLeased(token: string, place: Place): Promise<boolean>;
  /** Told when something was settled: there is room. */
  settled(): void;
  /** Told when what came of a delivery could not be written: nothing more may be sent until everything in hand was taken back. */
  unsettled(): void;
}

/** Messages of one lease. */
interface OpenClaim {
  readonly token: string;
  readonly period: number;
  expiresAt: Date;
  left: number;
}

/** A message in hand, and the lease it came with. */
interface InHand {
  readonly claim: OpenClaim;
  readonly granted: Granted<SourcedRow>;
}

/** The messages of a key that are still to be sent, in their order, of however many leases. */
interface KeyQueue {
  readonly waiting: InHand[];
  /** An earlier one failed: those that were claimed by then went back with it, and only what is still leased may be sent. */
  isDoubtful: boolean;
}

/** Sends what was claimed: keys side by side, the messages of a key one after the other, at most so many at once. */
export class Flights {
  private readonly claims = new Map<string, OpenClaim>();
  private readonly keys = new Map<string, KeyQueue>();
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

  /** Messages of a key that are claimed and not sent. */
  ofKey(source: string, key: string): number {
    const found = this.keys.get(`${source}\n${key}`);
    return found === undefined ? 0 : found.waiting.length + 1;
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
    for (const granted of deliveries) {
      const id = `${granted.candidate.source}\n${granted.candidate.key}`;
      const known = this.keys.get(id);
      const key = known ?? { waiting: [], isDoubtful: false };
      key.waiting.push({ claim, granted });
      if (known !== undefined) continue;
      this.keys.set(id, key);
      void this.fly(id, key);
    }
  }

  /** Sends the messages of a key until none is left; never throws. */
  private async fly(id: string, key: KeyQueue): Promise<void> {
    for (let next = key.waiting.shift(); next !== undefined; next = key.waiting.shift()) {
      const { claim } = next;
      if (key.isDoubtful && !(await this.to.isLeased(claim.token, placeOf(next)))) {
        this.letGo(claim);
        continue;
      }
      await this.room();
      const settlement = await this.deliver(next).finally(() => this.leave());
      const settled = this.settle(claim, settlement);
      if (settlement.kind !== 'done') {
        await settled;
        key.isDoubtful = true;
      } else if (claim.expiresAt.getTime() <= this.to.now()) {
        key.isDoubtful = true;
      }
    }
    this.keys.delete(id);
  }

  /** Delivers one message; never throws. */
  private async deliver({ claim, granted }: InHand): Promise<Settlement> {
    const { candidate: row, attempt } = granted;
    const { token } = claim;
    const place = placeOf({ claim, granted });
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

  private async settle(claim: OpenClaim, settlement: Settlement): Promise<void> {
    const isWritten = await this.settler.add(settlement);
    if (!isWritten) this.to.unsettled();
    this.letGo(claim);
  }

  /** One message of the lease less is in hand. */
  private letGo(claim: OpenClaim): void {
    this.unsettled -= 1;
    claim.left -= 1;
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

function placeOf({ granted: { candidate } }: InHand): Place {
  return { source: candidate.source, position: candidate.position };
}
