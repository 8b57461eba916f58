import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { Database } from '../../database/database.js';
import type { TwinId } from '../../kernel/ids.js';
import { clampLimit, type Page } from '../../kernel/page.js';
import { DomainError } from '../../problems/domain-error.js';
import { Undertaker } from '../dead-letter/undertaker.js';
import { LogReader } from '../log/log-reader.js';
import { LogEpoch } from '../../database/log-epoch.js';
import { comparePositions, type Position } from '../log/log-row.js';
import { decodeVector, deliveryText, encodeVector, parseDeliveryId, type SourcedRow } from './delivery.js';
import { DispatchGate } from '../dispatch/dispatch-gate.js';
import type { InboxState, Lease } from './inbox-state.js';
import { Inboxes } from './inboxes.js';
import { extend, giveBack, type Place, placesOf, settle } from './settling.js';
import { frontier, lowWater, sourcedRow } from './source.js';
import { SourceDirectory } from './source-directory.js';

/** Which lease, and which of its deliveries; without `deliveries` and `upTo`, all. */
export interface Selection {
  leaseToken?: string;
  claimId?: string;
  deliveries?: string[];
  upTo?: string;
}

const FIRST_BACK_OFF_MS = 500;
const MAX_BACK_OFF_MS = 300_000;

/** Exponential back-off with jitter, in milliseconds. */
export function backOffMs(attempts: number, random: () => number = Math.random): number {
  return Math.min(FIRST_BACK_OFF_MS * 2 ** (attempts - 1), MAX_BACK_OFF_MS) * (0.8 + 0.4 * random());
}

/** What a receiver does with its inbox beside claiming: settle, give back, extend, look. */
@Injectable()
export class InboxService {
  constructor(
    private readonly inboxes: Inboxes,
    private readonly sources: SourceDirectory,
    private readonly reader: LogReader,
    private readonly gate: DispatchGate,
    private readonly undertaker: Undertaker,
    private readonly epoch: LogEpoch,
    private readonly database: Database,
    private readonly config: Config,
  ) {}

  /** Settles deliveries as done. @throws DomainError `not-leased` when one of them is not in the lease; then none is settled */
  async ack(receiver: TwinId, selection: Selection): Promise<number> {
    return this.inboxes.change(receiver, (state) => {
      if (isAnswered(state, selection)) return { state, result: 0 };
      const lease = leaseOf(state, selection);
      const places = selected(state, lease, selection);
      return { state: places.length === 0 ? state : settle(state, lease.token, places), result: places.length };
    });
  }

  /** Gives deliveries back, to come again after `delayMs` or a growing back-off; those used up become dead letters. @throws DomainError `not-leased` */
  async nack(receiver: TwinId, selection: Selection, delayMs?: number, reason?: string): Promise<number> {
    const sources = await this.sources.of(receiver);
    return this.inboxes.change(receiver, async (stored) => {
      const lease = leaseOf(stored, selection);
      const places = selected(stored, lease, selection);
      const now = this.database.clock.now();
      // Without delay it is anybody's at once, also by a clock that is a millisecond behind this one.
      const notBefore = (attempts: number): number => (delayMs === 0 ? 0 : Math.round(now + (delayMs ?? backOffMs(attempts))));
      const { state, exhausted } = giveBack(stored, lease.token, places, this.config.maxDeliveryAttempts, notBefore);
      await this.undertaker.buryPlaces(receiver, sources, exhausted, reason === undefined ? 'nacked' : `nacked: ${reason}`);
      return { state, result: places.length };
    });
  }

  /** Lets a lease run until `leaseMs` from now; gives the new end. @throws DomainError `not-leased` */
  async extend(receiver: TwinId, selection: Selection, leaseMs: number): Promise<Date> {
    const expiresAt = Math.round(this.database.clock.now() + leaseMs);
    return this.inboxes.change(receiver, (state) => ({
      state: extend(state, leaseOf(state, selection).token, expiresAt),
      result: new Date(expiresAt),
    }));
  }

  /** Whether a message of the inbox's own was settled. */
  async isSettled(receiver: TwinId, place: Place): Promise<boolean> {
    return isSettled(await this.inboxes.read(receiver), place);
  }

  /** A page of what is not settled, as JSON texts, without touching anything. */
  async browse(receiver: TwinId, limit: number | undefined, cursor: string | undefined): Promise<Page<string>> {
    const [sources, state] = await Promise.all([this.sources.of(receiver), this.inboxes.read(receiver)]);
    const vector = cursor === undefined ? {} : decodeVector(this.epoch.value, cursor);
    const size = clampLimit(limit);
    const places = sources.map((source) => ({
      channel: source.channel,
      lane: source.lane,
      after: vector[source.key] ?? lowWater(state, source),
    }));
    const { found, isPartial } = await this.reader.afterWithin(places, size);
    const ordered = sources
      .map((source, index) => ({ source, rows: (found[index] ?? []).map((row) => sourcedRow(source, row)) }))
      .toSorted((a, b) => a.source.priority - b.source.priority)
      .flatMap(({ rows }) => rows);
    const page = ordered.slice(0, size);
    const over = await this.gate.over(receiver, page, state);
    const reached: Record<string, Position> = Object.fromEntries(sources.map((source, index) => [source.key, places[index]?.after ?? '0']));
    for (const row of page) reached[row.source] = row.position;
    const frontiers = new Map(sources.map((source) => [source.key, frontier(state, source)]));
    const items = page.flatMap((row) => {
      const status = over.has(row.position) ? undefined : statusOf(state, row, frontiers.get(row.source) ?? '0');
      return status === undefined ? [] : [deliveryText(row, { status })];
    });
    return isPartial || ordered.length > size || page.length === size
      ? { items, next: encodeVector(this.epoch.value, reached) }
      : { items };
  }
}

/** Whether everything that the claim held was answered, so that nothing is left to settle. */
function isAnswered(state: InboxState, { leaseToken, claimId }: Selection): boolean {
  const isOpen = state.leases.some((each) => each.token === leaseToken || each.claimId === claimId);
  return !isOpen && (state.answered ?? []).some((each) => each === (leaseToken ?? claimId));
}

function leaseOf(state: InboxState, { leaseToken, claimId }: Selection): Lease {
  const lease = state.leases.find(
    (each) => (leaseToken === undefined || each.token === leaseToken) && (claimId === undefined || each.claimId === claimId),
  );
  if (lease === undefined) {
    throw new DomainError('not-leased', 'There is no such lease: it was settled, ran out and went to another consumer, or never was.', {
      pointer: leaseToken === undefined ? '/claimId' : '/leaseToken',
    });
  }
  return lease;
}

function selected(state: InboxState, lease: Lease, { deliveries, upTo }: Selection): Place[] {
  const all = placesOf(lease);
  const find = (id: string, pointer: string): Place[] => {
    const place = parseDeliveryId(id, pointer);
    if (all.some((each) => each.source === place.source && each.position === place.position)) return [place];
    if (isSettled(state, place)) return [];
    throw new DomainError('not-leased', 'The delivery is not in this lease: it was taken back with its key, or is another consumer’s.', {
      pointer,
    });
  };
  if (upTo !== undefined) {
    const end = parseDeliveryId(upTo, '/upTo');
    find(upTo, '/upTo');
    return all.filter((place) => place.source === end.source && comparePositions(place.position, end.position) <= 0);
  }
  return deliveries === undefined ? all : deliveries.flatMap((id, index) => find(id, `/deliveries/${index}`));
}

/** Whether a message is known to be settled: passed by the frontier, in nobody's hands, and before everything that is held. */
function isSettled(state: InboxState, { source, position }: Place): boolean {
  const reached = state.cursors[source];
  if (reached === undefined || comparePositions(position, reached) > 0) return false;
  const isLeased = state.leases.some((lease) => lease.runs.some((run) => run.source === source && run.positions.includes(position)));
  const mayBeHeld = state.held.some(
    (held) =>
      held.source === source && (held.retry.includes(position) || (held.rest !== undefined && comparePositions(held.rest, position) <= 0)),
  );
  return !isLeased && !mayBeHeld;
}

function statusOf(state: InboxState, row: SourcedRow, reached: Position): 'PENDING' | 'LEASED' | undefined {
  const isLeased = state.leases.some((lease) =>
    lease.runs.some((run) => run.source === row.source && run.positions.includes(row.position)),
  );
  if (isLeased) return 'LEASED';
  if (comparePositions(row.position, reached) > 0) return 'PENDING';
  const held = state.held.find((each) => each.source === row.source && each.key === row.key);
  const isHeld =
    held !== undefined &&
    (held.retry.includes(row.position) || (held.rest !== undefined && comparePositions(row.position, held.rest) >= 0));
  return isHeld ? 'PENDING' : undefined;
}
