import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { Database } from '../../database/database.js';
import type { TwinId } from '../../kernel/ids.js';
import { LogReader } from '../log/log-reader.js';
import { Wakeups } from '../log/wakeups.js';
import type { SourcedRow } from './delivery.js';
import { DispatchGate } from '../dispatch/dispatch-gate.js';
import { Claim, emptyInbox, type Granted, type InboxState, type Lease, nextMoment, readyKeys } from './inbox-state.js';
import { type Change, Inboxes } from './inboxes.js';
import { frontier, type Source, sourcedRow } from './source.js';
import { SourceDirectory } from './source-directory.js';
import { Undertaker } from './undertaker.js';
import { giveBack, placesOf } from './settling.js';

/** What a consumer asks for. */
export interface ClaimRequest {
  /** Names the claim: a repeat gets the same lease. */
  claimId: string;
  /** Consumers of one name may hold several runs of a key; unnamed ones are all different. */
  consumer?: string;
  max: number;
  waitMs: number;
  leaseMs: number;
}

/** A lease as its consumer sees it. `token` is missing when there was nothing to claim. */
export interface ClaimResult {
  claimId: string;
  token?: string;
  expiresAt?: Date;
  deliveries: readonly Granted<SourcedRow>[];
}

/** Between two looks by one's own, in milliseconds: another broker may have given something back. */
const LOOK_MS = 2_000;
/** Of every claim, one message in ten comes from a lower lane that waits, so that bulk still moves while incidents rush. */
const LOWER_LANE_SHARE = 10;

/** Hands out messages: held keys first, then the frontier, most urgent first, under one lease. */
@Injectable()
export class ClaimService {
  constructor(
    private readonly inboxes: Inboxes,
    private readonly sources: SourceDirectory,
    private readonly reader: LogReader,
    private readonly gate: DispatchGate,
    private readonly undertaker: Undertaker,
    private readonly wakeups: Wakeups,
    private readonly database: Database,
    private readonly config: Config,
  ) {}

  /** Claims messages, waiting up to `waitMs` for the first. */
  async claim(receiver: TwinId, request: ClaimRequest, signal?: AbortSignal): Promise<ClaimResult> {
    const until = performance.now() + request.waitMs;
    for (;;) {
      const sources = await this.sources.of(receiver);
      const waiting = this.wakeups.enter(sources.map((source) => source.channel));
      try {
        const result = await this.inboxes.change(receiver, (state) => this.attempt(receiver, sources, state, request));
        const left = until - performance.now();
        if (result.deliveries.length > 0 || left <= 0 || signal?.aborted === true || this.wakeups.isReleased) return result;
        const state = this.inboxes.peek(receiver) ?? emptyInbox();
        const moment = (nextMoment(state) ?? Number.POSITIVE_INFINITY) - this.database.clock.now();
        const at = sources.map((source) => ({ channel: source.channel, lane: source.lane, after: frontier(state, source) }));
        await waiting.until(Math.min(left, Math.max(moment, 1), LOOK_MS), at, signal);
      } finally {
        waiting.end();
      }
    }
  }

  private async attempt(
    receiver: TwinId,
    sources: readonly Source[],
    stored: InboxState,
    request: ClaimRequest,
  ): Promise<Change<ClaimResult>> {
    const now = this.database.clock.now();
    const repeated = stored.leases.find((lease) => lease.claimId === request.claimId && lease.expiresAt > now);
    if (repeated !== undefined) return { state: stored, result: await this.reread(sources, repeated) };

    const state = await this.reclaim(receiver, sources, stored, now);
    const token = randomUUID();
    const consumer = request.consumer ?? token;
    const expiresAt = Math.round(now + request.leaseMs);
    const claim = new Claim<SourcedRow>(state, { claimId: request.claimId, token, consumer, expiresAt }, request.max);
    await this.takeHeld(receiver, sources, state, claim, consumer, now);
    if (claim.room > 0) await this.takeFrontiers(receiver, sources, state, claim);
    const { state: next, granted, changed } = claim.finish();
    const result: ClaimResult =
      granted.length === 0
        ? { claimId: request.claimId, deliveries: [] }
        : { claimId: request.claimId, token, expiresAt: new Date(expiresAt), deliveries: granted };
    return { state: changed ? next : state, result };
  }

  /** Takes back what leases that ran out still hold; it goes out again at once, marked as redelivered. */
  private async reclaim(receiver: TwinId, sources: readonly Source[], stored: InboxState, now: number): Promise<InboxState> {
    let state = stored;
    for (const lease of stored.leases.filter((candidate) => candidate.expiresAt <= now)) {
      const { state: next, exhausted } = giveBack(state, lease.token, placesOf(lease), this.config.maxDeliveryAttempts, () => now);
      await this.undertaker.buryPlaces(receiver, sources, exhausted, 'lease ran out too often');
      state = next;
    }
    return state;
  }

  private async takeHeld(
    receiver: TwinId,
    sources: readonly Source[],
    state: InboxState,
    claim: Claim<SourcedRow>,
    consumer: string,
    now: number,
  ): Promise<void> {
    for (const held of readyKeys(state, consumer, now)) {
      if (claim.room === 0) return;
      const source = sources.find((candidate) => candidate.key === held.source);
      if (source === undefined) continue;
      const limit = claim.room;
      const [retry, rest] = await Promise.all([
        this.reader.at(source.channel, source.lane, held.retry),
        held.rest === undefined ? [] : this.reader.ofKey(source.channel, source.lane, held.rest, frontier(state, source), held.key, limit),
      ]);
      const sourced = [retry, rest].map((rows) => rows.map((row) => sourcedRow(source, row)));
      const { verdict, undeliverable } = await this.gate.judge(receiver, sourced.flat(), state);
      await this.undertaker.buryRows(receiver, undeliverable);
      claim.takeHeld(held, sourced[0] ?? [], sourced[1] ?? [], rest.length < limit, verdict);
    }
  }

  private async takeFrontiers(receiver: TwinId, sources: readonly Source[], state: InboxState, claim: Claim<SourcedRow>): Promise<void> {
    const found = await this.reader.after(
      sources.map((source) => ({ channel: source.channel, lane: source.lane, after: frontier(state, source) })),
      claim.room,
    );
    const waiting = sources
      .map((source, index) => ({ source, rows: (found[index] ?? []).map((row) => sourcedRow(source, row)) }))
      .filter(({ rows }) => rows.length > 0)
      .toSorted((a, b) => a.source.priority - b.source.priority);
    const { verdict, undeliverable } = await this.gate.judge(
      receiver,
      waiting.flatMap(({ rows }) => rows),
      state,
    );
    await this.undertaker.buryRows(receiver, undeliverable);
    const share = Math.ceil(claim.room / LOWER_LANE_SHARE);
    waiting.forEach(({ source, rows }, index) => {
      const kept = share * (waiting.length - index - 1);
      claim.takeFrontier(source.key, rows, verdict, Math.max(claim.room - kept, Math.min(share, claim.room)));
    });
  }

  /** The messages of a lease once more, for a consumer that did not get the first answer. */
  private async reread(sources: readonly Source[], lease: Lease): Promise<ClaimResult> {
    const deliveries: Granted<SourcedRow>[] = [];
    for (const run of lease.runs) {
      const source = sources.find((candidate) => candidate.key === run.source);
      if (source === undefined) continue;
      for (const row of await this.reader.at(source.channel, source.lane, run.positions)) {
        const attempt = run.attempts[row.position];
        deliveries.push({ candidate: sourcedRow(source, row), attempt: attempt ?? 1, redelivered: attempt !== undefined });
      }
    }
    return { claimId: lease.claimId, token: lease.token, expiresAt: new Date(lease.expiresAt), deliveries };
  }
}
