import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { Database } from '../../database/database.js';
import type { TwinId } from '../../kernel/ids.js';
import { AdaptationCheck } from '../adaptation/adaptation.check.js';
import { Undertaker } from '../dead-letter/undertaker.js';
import { InboxSettingsDirectory } from '../control/inbox-settings-directory.js';
import { LogReader } from '../log/log-reader.js';
import { sizeOf } from '../log/log-tail.js';
import { Wakeups } from '../log/wakeups.js';
import type { SourcedRow } from './delivery.js';
import { DispatchGate } from '../dispatch/dispatch-gate.js';
import { Claim, type ClaimTerms, type Granted, readyKeys } from './claim.js';
import { emptyInbox, type InboxState, type Lease, nextMoment } from './inbox-state.js';
import { type Change, Inboxes } from './inboxes.js';
import { TermsKeeper } from '../subscription/terms/terms-keeper.js';
import type { TermsRun } from '../subscription/terms/terms-run.js';
import { frontier, type Source, sourcedRow } from './source.js';
import { SourceDirectory } from './source-directory.js';
import { extend, giveBack, placesOf, release } from './settling.js';

/** What a consumer asks for. */
export interface ClaimRequest {
  /** Names the claim: a repeat gets the same lease, which runs anew. */
  claimId: string;
  /** Consumers of one name may hold several runs of a key; unnamed ones are all different. */
  consumer?: string;
  max: number;
  /** How many more messages of a key are taken; without it, any number. */
  mostOf?: (source: string, key: string) => number;
  waitMs: number;
  leaseMs: number;
}

/** A lease as its consumer sees it. `token` is missing when there was nothing to claim. */
export interface ClaimResult {
  claimId: string;
  token?: string;
  expiresAt?: Date;
  deliveries: readonly Granted<SourcedRow>[];
  /** Nothing is handed out, but only because so much was passed over that another look is due. */
  goesOn?: boolean;
  /** The inbox is paused: nothing is handed out until its owner resumes it. */
  paused?: true;
}

/** Between two looks by one's own, in milliseconds. News come by waking; this is for what nobody thought of. */
const LOOK_MS = 30_000;
/** Of every claim, one message in ten comes from a lower lane that waits, so that bulk still moves while incidents rush. */
const LOWER_LANE_SHARE = 10;
/** Looks at the log before what was passed over is saved, while nothing is found to hand out; each takes in more than the one before. */
const MAX_LOOKS = 32;
const MAX_LOOK_AHEAD = 400;
/** For how long it is looked on, in milliseconds: acks of the same inbox wait. */
const LOOKING_MS = 200;
/** How much longer than it was asked to a claim goes on through messages that are passed over, in milliseconds. */
const PASSING_MS = 1_000;

/** Hands out messages: held keys first, then the frontier, most urgent first, under one lease. */
@Injectable()
export class ClaimService {
  constructor(
    private readonly inboxes: Inboxes,
    private readonly sources: SourceDirectory,
    private readonly reader: LogReader,
    private readonly gate: DispatchGate,
    private readonly undertaker: Undertaker,
    private readonly adaptation: AdaptationCheck,
    private readonly terms: TermsKeeper,
    private readonly wakeups: Wakeups,
    private readonly settings: InboxSettingsDirectory,
    private readonly database: Database,
    private readonly config: Config,
  ) {}

  /** Claims messages, waiting up to `waitMs` for the first. */
  async claim(receiver: TwinId, request: ClaimRequest, signal?: AbortSignal): Promise<ClaimResult> {
    const until = performance.now() + request.waitMs;
    for (;;) {
      const sources = await this.sources.of(receiver);
      const waiting = this.wakeups.enter(sources.map((source) => source.channel));
      const unwatch = this.inboxes.watch(receiver);
      try {
        const looked = this.database.clock.now();
        const isPaused = (await this.settings.of(receiver)).mode === 'PAUSED';
        const result = await this.inboxes.change(receiver, (state) => this.attempt(receiver, sources, state, request, isPaused, signal));
        const left = until - performance.now();
        if (result.token !== undefined && this.isOver(result)) {
          await this.takeBack(receiver, result.token);
          if (left > -PASSING_MS) continue;
          return { claimId: request.claimId, deliveries: [] };
        }
        if (result.goesOn === true && left > -PASSING_MS && signal?.aborted !== true && !this.wakeups.isReleased) continue;
        if (result.deliveries.length > 0 || left <= 0 || signal?.aborted === true || this.wakeups.isReleased) return result;
        const state = this.inboxes.peek(receiver) ?? emptyInbox();
        // While it is paused, nothing happens by itself.
        const next = isPaused ? undefined : nextMoment(state, looked);
        const moment = (next ?? Number.POSITIVE_INFINITY) - this.database.clock.now();
        const read = isPaused ? [] : sources;
        const at = read.map((source) => ({ channel: source.channel, lane: source.lane, after: frontier(state, source) }));
        // A timer may end a little early, and a look before the moment finds nothing.
        await waiting.until(Math.min(left, Math.max(moment, 0) + 1, LOOK_MS), at, signal);
      } finally {
        unwatch();
        waiting.end();
      }
    }
  }

  private async attempt(
    receiver: TwinId,
    sources: readonly Source[],
    stored: InboxState,
    request: ClaimRequest,
    isPaused: boolean,
    signal: AbortSignal | undefined,
  ): Promise<Change<ClaimResult>> {
    const nothing: Change<ClaimResult> = { state: stored, result: { claimId: request.claimId, deliveries: [] } };
    const hasHungUp = (): boolean => signal?.aborted === true;
    // Of requests that lay unread for a while, most are given up by then.
    if (hasHungUp()) return nothing;
    const now = this.database.clock.now();
    const repeated = stored.leases.find((lease) => lease.claimId === request.claimId && lease.expiresAt > now);
    if (repeated !== undefined) {
      const deliveries = await this.reread(receiver, sources, repeated);
      const expiresAt = Math.max(repeated.expiresAt, this.leaseEnd(request));
      const { claimId, token } = repeated;
      return { state: extend(stored, token, expiresAt), result: { claimId, token, expiresAt: new Date(expiresAt), deliveries } };
    }
    if (isPaused) return { ...nothing, result: { ...nothing.result, paused: true } };

    const state = await this.reclaim(receiver, sources, stored, now);
    const token = randomUUID();
    const consumer = request.consumer ?? token;
    const run = this.terms.begin(sources, state, now);
    const terms: ClaimTerms = { claimId: request.claimId, token, consumer, mostOf: request.mostOf };
    const claim = new Claim<SourcedRow>(state, terms, request.max, run?.onGrant, sizeOf);
    const began = performance.now();
    let goesOn = true;
    for (let looks = 0; goesOn && looks < MAX_LOOKS && performance.now() - began < LOOKING_MS; looks += 1) {
      const before = claim.handled;
      await this.takeHeld(receiver, sources, claim, terms, now, run);
      if (claim.room > 0) await this.takeFrontiers(receiver, sources, claim, run, Math.min(claim.room * 2 ** looks, MAX_LOOK_AHEAD));
      goesOn = claim.isEmpty && claim.handled > before;
    }
    // While the log was read: nobody would settle what is handed out now.
    if (hasHungUp()) return nothing;
    // A lease begins when it is given: reading the log may have taken as long as it is to last.
    const expiresAt = this.leaseEnd(request);
    const { state: next, granted, changed } = claim.finish(expiresAt);
    if (changed && run !== undefined) next.told = run.memory;
    const result: ClaimResult =
      granted.length === 0
        ? { claimId: request.claimId, deliveries: [], goesOn }
        : { claimId: request.claimId, token, expiresAt: new Date(expiresAt), deliveries: granted };
    // Nothing to hand out: what came is for keys in other hands, and is looked at again if this is lost.
    const isProvisional = claim.isProvisional && state === stored && run === undefined && !goesOn;
    return { state: changed ? next : state, result, isProvisional };
  }

  private leaseEnd({ leaseMs }: ClaimRequest): number {
    return Math.round(this.database.clock.now() + leaseMs);
  }

  private isOver({ expiresAt }: ClaimResult): boolean {
    return expiresAt !== undefined && expiresAt.getTime() <= this.database.clock.now();
  }

  /** Storing a lease took longer than it lasts: nobody was told of it, so that no delivery has failed. */
  private async takeBack(receiver: TwinId, token: string): Promise<void> {
    await this.inboxes.change(receiver, (state) => {
      const lease = state.leases.find((candidate) => candidate.token === token);
      return { state: lease === undefined ? state : release(state, token, placesOf(lease), 0), result: undefined };
    });
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
    claim: Claim<SourcedRow>,
    terms: ClaimTerms,
    now: number,
    run: TermsRun | undefined,
  ): Promise<void> {
    for (const held of readyKeys(claim.current, terms, now)) {
      if (claim.room === 0) return;
      const source = sources.find((candidate) => candidate.key === held.source);
      if (source === undefined) continue;
      // What was handed out before comes first: the rest is looked at only as far as there is room for it.
      const limit = run?.lookFor(source, claim.room) ?? Math.max(claim.room - held.retry.length, 0);
      const reached = frontier(claim.current, source);
      const to = held.window === undefined ? reached : held.rest;
      const [retry, beyond] = await Promise.all([
        this.reader.again(source.channel, source.lane, held.retry),
        held.rest === undefined || limit === 0
          ? { rows: [], isAll: limit > 0 }
          : this.reader.ofKey(source, { from: held.rest, to: to ?? reached }, held.key, limit),
      ]);
      const { unread } = retry;
      const rest = unread.length > 0 ? [] : beyond.rows;
      const sourced = [retry.rows, rest].map((rows) => rows.map((row) => sourcedRow(source, row)));
      const { verdict, undeliverable } = await this.gate.judge(receiver, sourced.flat(), claim.current);
      await this.undertaker.buryRows(receiver, undeliverable);
      const complete = held.rest === undefined || (unread.length === 0 && beyond.isAll);
      const judge = run === undefined ? verdict : await run.held(source, held, { rest: sourced[1] ?? [], complete, reached }, verdict);
      claim.takeHeld(held, sourced[0] ?? [], sourced[1] ?? [], complete, judge, unread);
    }
  }

  private async takeFrontiers(
    receiver: TwinId,
    sources: readonly Source[],
    claim: Claim<SourcedRow>,
    run: TermsRun | undefined,
    lookAhead: number,
  ): Promise<void> {
    await run?.skipBacklog(sources, claim);
    const limit = Math.max(claim.room, lookAhead);
    const { found } = await this.reader.afterWithin(
      sources.map((source) => ({ channel: source.channel, lane: source.lane, after: frontier(claim.current, source) })),
      run?.lookAhead(limit) ?? limit,
    );
    const waiting = sources
      .map((source, index) => ({ source, rows: (found[index] ?? []).map((row) => sourcedRow(source, row)) }))
      .filter(({ rows }) => rows.length > 0)
      .toSorted((a, b) => a.source.priority - b.source.priority);
    const { verdict, undeliverable } = await this.gate.judge(
      receiver,
      waiting.flatMap(({ rows }) => rows),
      claim.current,
    );
    await this.undertaker.buryRows(receiver, undeliverable);
    const share = Math.ceil(claim.room / LOWER_LANE_SHARE);
    waiting.forEach(({ source, rows }, index) => {
      const kept = share * (waiting.length - index - 1);
      const judge = run === undefined ? verdict : run.frontier(claim, verdict);
      claim.takeFrontier(source.key, rows, judge, Math.max(claim.room - kept, Math.min(share, claim.room)));
    });
  }

  /** The messages of a lease once more, for a consumer that did not get the first answer. */
  private async reread(receiver: TwinId, sources: readonly Source[], lease: Lease): Promise<Granted<SourcedRow>[]> {
    const deliveries: Granted<SourcedRow>[] = [];
    for (const run of lease.runs) {
      const source = sources.find((candidate) => candidate.key === run.source);
      if (source === undefined) continue;
      for (const row of await this.reader.at(source.channel, source.lane, run.positions)) {
        const attempt = run.attempts[row.position];
        deliveries.push({ candidate: sourcedRow(source, row), attempt: attempt ?? 1, redelivered: attempt !== undefined });
      }
    }
    await this.adaptation.complete(
      receiver,
      deliveries.map(({ candidate }) => candidate),
    );
    return deliveries;
  }
}
