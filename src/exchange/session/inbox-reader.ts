import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { TwinId } from '../../kernel/ids.js';
import type { DomainError } from '../../problems/domain-error.js';
import { toDomainError } from '../../problems/problem-document.js';
import type { ClaimResult, ClaimService } from '../inbox/claim.service.js';
import type { Wakeups } from '../log/wakeups.js';
import { type Blame, LeaseKeeper, type LeaseTools } from './lease-keeper.js';
import type { Outbox } from './outbox.js';
import { deliveryFrame, deliveryHead, lostFrame, receivingFrame, settledFrame } from './server-frame.js';
import { SessionEnd } from './session-end.js';
import { CLAIM_BYTES, LEASE_MS, MAX_CLAIM, MAX_CREDIT, MAX_IN_HAND } from './session-limits.js';

/** How an inbox is read. */
export interface ReadingTerms {
  credit: number;
  consumer: string;
  holdMs: number;
  /** Resolves when the inbox may be read. @throws DomainError when not */
  permit: () => Promise<void>;
}

/** What a reader of an inbox needs of the exchange. */
export interface ReaderTools extends LeaseTools {
  readonly claims: ClaimService;
  readonly wakeups: Wakeups;
}

/** What a reader needs of its session. */
export interface ReaderSession {
  readonly outbox: Outbox;
  fail(error: unknown): void;
  /** The inbox may not be read. */
  refuse(reader: InboxReader, error: DomainError): void;
  /** Something went wrong that passes. */
  note(error: unknown): void;
}

const WAIT_MS = 30_000;
const RETRY_MS = { first: 100, most: 2_000 };
const FIRST_CLAIM = 32;

/** Reads one inbox for a session: claims while there is credit, the client keeps up and does not hold too much. */
export class InboxReader {
  readonly leases: LeaseKeeper;
  private readonly end = new AbortController();
  private readonly running: Promise<void>;
  private credit: number;
  private wake: (() => void) | undefined;
  private averageBytes = CLAIM_BYTES / FIRST_CLAIM;

  constructor(
    readonly inbox: TwinId,
    private readonly terms: ReadingTerms,
    private readonly tools: ReaderTools,
    private readonly session: ReaderSession,
  ) {
    this.credit = terms.credit;
    const { outbox } = session;
    this.leases = new LeaseKeeper(
      inbox,
      terms.holdMs,
      tools,
      {
        settled: (upTo) => {
          outbox.send(settledFrame(inbox, upTo));
          this.wake?.();
        },
        lost: (n) => outbox.send(lostFrame(inbox, n)),
      },
      (error) => session.note(error),
    );
    this.running = this.run().catch((error: unknown) => session.fail(error));
  }

  /** Lets more deliveries come. @throws SessionEnd `protocol` beyond what credit may add up to */
  grant(messages: number): void {
    this.credit += messages;
    if (this.credit > MAX_CREDIT) throw new SessionEnd('protocol', `credit adds up to more than ${MAX_CREDIT}`);
    this.wake?.();
  }

  /** Reads no more; settles what was acked and gives the rest back. */
  async close(blame: Blame): Promise<void> {
    this.end.abort();
    this.wake?.();
    await this.running;
    await this.leases.close(blame);
  }

  private async run(): Promise<void> {
    const { signal } = this.end;
    if (!(await this.isPermitted())) return;
    this.session.outbox.send(receivingFrame(this.inbox));
    let claimId = randomUUID();
    for (let failures = 0; ;) {
      const max = await this.room();
      if (max === 0) return;
      try {
        const request = { claimId, consumer: this.terms.consumer, max, waitMs: WAIT_MS, leaseMs: LEASE_MS };
        const claim = await this.tools.claims.claim(this.inbox, request, signal);
        this.deliver(claim);
        // Of a broker that stops, nobody waits any more: claims return at once.
        if (claim.token === undefined && this.tools.wakeups.isReleased) return;
        claimId = randomUUID();
        failures = 0;
      } catch (error) {
        if (toDomainError(error).code === 'internal') throw error;
        // The claim may have been carried out: under the same id it gives the same lease.
        this.session.note(error);
        failures += 1;
        await delay(Math.min(RETRY_MS.first * 2 ** failures, RETRY_MS.most), undefined, { signal }).catch(() => undefined);
      }
    }
  }

  private async isPermitted(): Promise<boolean> {
    try {
      await this.terms.permit();
      return !this.end.signal.aborted;
    } catch (error) {
      const refusal = toDomainError(error);
      if (refusal.code === 'internal') throw error;
      this.session.refuse(this, refusal);
      return false;
    }
  }

  /** How many deliveries may be claimed, once it is at least one; 0 at the end. */
  private async room(): Promise<number> {
    for (;;) {
      await this.session.outbox.drained();
      if (this.end.signal.aborted) return 0;
      const bySize = Math.max(1, Math.floor(CLAIM_BYTES / this.averageBytes));
      const room = Math.min(this.credit, MAX_IN_HAND - this.leases.count, MAX_CLAIM, bySize);
      if (room > 0) return room;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
      this.wake = undefined;
    }
  }

  private deliver({ token, deliveries }: ClaimResult): void {
    if (token === undefined) return;
    const head = deliveryHead(this.inbox, token);
    const now = performance.now();
    let bytes = 0;
    for (const delivery of deliveries) {
      const frame = deliveryFrame(head, this.leases.add(token, delivery, now), delivery);
      bytes += frame.length;
      this.session.outbox.send(frame);
    }
    this.credit -= deliveries.length;
    this.averageBytes = (this.averageBytes + bytes / deliveries.length) / 2;
  }
}
