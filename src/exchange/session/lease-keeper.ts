import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../../database/database.js';
import type { TwinId } from '../../kernel/ids.js';
import type { Granted } from '../inbox/claim.js';
import type { InboxState } from '../inbox/inbox-state.js';
import type { Inboxes } from '../inbox/inboxes.js';
import type { SourceDirectory } from '../inbox/source-directory.js';
import type { SourcedRow } from '../inbox/delivery.js';
import { extend, type Exhausted, giveBack, type Place, placesOf, settleAll } from '../inbox/settling.js';
import type { Undertaker } from '../dead-letter/undertaker.js';
import type { Chosen } from './client-frame.js';
import { SessionEnd } from './session-end.js';
import { LEASE_MS } from './session-limits.js';

/** Between two tries to write acks while the database does not answer, in milliseconds. */
const RETRY_MS = 250;

/** What the keeper of leases needs of the exchange. */
export interface LeaseTools {
  readonly inboxes: Inboxes;
  readonly sources: SourceDirectory;
  readonly undertaker: Undertaker;
  readonly database: Database;
  readonly maxDeliveryAttempts: number;
}

/** What the client is told of its deliveries. */
export interface LeaseNews {
  settled(upTo: number): void;
  lost(n: readonly number[]): void;
}

interface InHand extends Place {
  token: string;
  /** When it came, or was last extended, by this process's monotonic clock. */
  since: number;
  /** Its ack is on the way to the database. */
  settling: boolean;
}

/** Whether a session's end counts as a failed delivery of what it held. */
export type Blame = 'consumer' | 'broker';

/**
 * What a session holds of one inbox. Acks that come while a write is under way share the next one. Leases are extended for what the client has not
 * held for longer than it may; at the end, what is left is given back at once.
 */
export class LeaseKeeper {
  private readonly inHand = new Map<number, InHand>();
  private last = 0;
  private confirmed = 0;
  private acked: [number, InHand][] = [];
  private writing: Promise<void> | undefined;
  private closing = false;

  constructor(
    private readonly receiver: TwinId,
    private readonly holdMs: number,
    private readonly tools: LeaseTools,
    private readonly news: LeaseNews,
    private readonly failed: (error: unknown) => void,
  ) {}

  /** Deliveries that the client has in hand. */
  get count(): number {
    return this.inHand.size;
  }

  /** Notes a delivery under its lease; gives its number. */
  add(token: string, { candidate }: Granted<SourcedRow>, now: number): number {
    this.last += 1;
    const { source, position } = candidate;
    this.inHand.set(this.last, { source, position, token, since: now, settling: false });
    return this.last;
  }

  /** Settles deliveries; those that are settled already or lost are passed over. @throws SessionEnd `protocol` for numbers that never came */
  ack(chosen: Chosen): void {
    for (const [n, held] of this.chosen(chosen)) {
      held.settling = true;
      this.acked.push([n, held]);
    }
    if (this.acked.length === 0) return;
    this.writing ??= this.writeAcks()
      .catch(this.failed)
      .finally(() => {
        this.writing = undefined;
      });
  }

  /** Begins the holding time of deliveries anew. @throws SessionEnd `protocol` */
  touch(chosen: Chosen, now: number): void {
    for (const [, held] of this.chosen(chosen)) held.since = now;
  }

  /** Gives deliveries back, to come again not before the moment that `notBefore` tells by their attempts. @throws SessionEnd `protocol` */
  async nack(n: number[], notBefore: (attempts: number) => number, reason: string): Promise<void> {
    const places = this.chosen({ n }).map(([, held]) => held);
    if (places.length > 0) await this.handBack(places, notBefore, this.tools.maxDeliveryAttempts, reason, { knows: true });
  }

  /** Extends the leases, gives back what is held for longer than it may be, and finds out what is lost. */
  async extendLeases(now: number): Promise<void> {
    const overdue = [...this.inHand.values()].filter((held) => !held.settling && now - held.since >= this.holdMs);
    const { inboxes, database, maxDeliveryAttempts } = this.tools;
    if (overdue.length > 0) {
      const at = Math.round(database.clock.now());
      await this.handBack(overdue, () => at, maxDeliveryAttempts, 'held too long by its consumer');
    }
    if (this.inHand.size === 0) return;
    const tokens = new Set([...this.inHand.values()].map(({ token }) => token));
    const state = await inboxes.change(this.receiver, (stored) => {
      const expiresAt = Math.round(database.clock.now() + LEASE_MS);
      const open = stored.leases.filter((lease) => tokens.has(lease.token));
      const next = open.reduce((extended, lease) => extend(extended, lease.token, expiresAt), stored);
      return { state: next, result: next };
    });
    this.compare(state);
  }

  /** Writes the acks that are waiting, then gives back everything else. */
  async close(blame: Blame): Promise<void> {
    this.closing = true;
    await this.writing;
    const places = [...this.inHand.values()];
    if (places.length === 0) return;
    const now = this.tools.database.clock.now();
    const attempts = blame === 'broker' ? Number.POSITIVE_INFINITY : this.tools.maxDeliveryAttempts;
    await this.handBack(places, () => Math.round(now), attempts, 'its consumer went away too often', { knows: true, blame });
    this.inHand.clear();
  }

  private chosen({ n, upTo = 0 }: Chosen): [number, InHand][] {
    const highest = n === undefined ? upTo : Math.max(...n);
    if (highest > this.last) throw new SessionEnd('protocol', `delivery ${highest} did not come yet`);
    const found: [number, InHand][] = [];
    const note = (number: number, held: InHand | undefined): void => {
      if (held?.settling === false) found.push([number, held]);
    };
    if (n !== undefined) for (const each of new Set(n)) note(each, this.inHand.get(each));
    else {
      for (const [each, held] of this.inHand) {
        if (each > upTo) break;
        note(each, held);
      }
    }
    return found;
  }

  private async writeAcks(): Promise<void> {
    // Acks that are read in the same turn go into the same write.
    await Promise.resolve();
    while (this.acked.length > 0) {
      const batch = this.acked.splice(0);
      try {
        const gone = await this.settle(batch);
        for (const [n] of batch) this.inHand.delete(n);
        if (gone.length > 0) this.news.lost(gone);
        this.confirm();
      } catch (error) {
        this.failed(error);
        if (this.closing) return;
        this.acked = [...batch, ...this.acked];
        await delay(RETRY_MS);
      }
    }
  }

  /** Settles deliveries in one change; gives those whose lease had run out. */
  private async settle(batch: readonly [number, InHand][]): Promise<number[]> {
    const byToken = new Map<string, Place[]>();
    for (const [, held] of batch) {
      const places = byToken.get(held.token);
      if (places === undefined) byToken.set(held.token, [held]);
      else places.push(held);
    }
    return this.tools.inboxes.change(this.receiver, (stored) => {
      const open = new Set(stored.leases.map((lease) => lease.token));
      const isGone = (token: string): boolean => !open.has(token) && !(stored.answered ?? []).includes(token);
      const gone = [...byToken.keys()].some(isGone) ? batch.filter(([, { token }]) => isGone(token)).map(([n]) => n) : [];
      return { state: settleAll(stored, byToken), result: gone };
    });
  }

  /** Gives places back under their leases, in one change. */
  private async handBack(
    places: readonly InHand[],
    notBefore: (attempts: number) => number,
    maxAttempts: number,
    reason: string,
    { blame = 'consumer', knows = false }: { blame?: Blame; knows?: boolean } = {},
  ): Promise<void> {
    const { inboxes, sources, undertaker } = this.tools;
    const known = await sources.of(this.receiver);
    const state = await inboxes.change(this.receiver, async (stored) => {
      const dead: Exhausted[] = [];
      let next = stored;
      for (const token of new Set(places.map((place) => place.token))) {
        const own = places.filter((place) => place.token === token);
        if (!next.leases.some((lease) => lease.token === token)) continue;
        const given = giveBack(next, token, own, maxAttempts, notBefore);
        next = blame === 'broker' ? forgiven(given.state, own) : given.state;
        dead.push(...given.exhausted);
      }
      await undertaker.buryPlaces(this.receiver, known, dead, reason);
      return { state: next, result: next };
    });
    this.compare(state, knows ? new Set(places) : undefined);
  }

  /** Forgets what the state says is not in hand any more, and tells the client, unless it `knows`. */
  private compare(state: InboxState, knows: ReadonlySet<InHand> = new Set()): void {
    const leased = new Set(
      state.leases.flatMap((lease) => placesOf(lease).map((place) => `${lease.token}\n${place.source}\n${place.position}`)),
    );
    const lost: number[] = [];
    for (const [n, held] of this.inHand) {
      if (held.settling || leased.has(`${held.token}\n${held.source}\n${held.position}`)) continue;
      this.inHand.delete(n);
      if (!knows.has(held)) lost.push(n);
    }
    if (lost.length > 0) this.news.lost(lost);
    this.confirm();
  }

  private confirm(): void {
    const [first = this.last + 1] = this.inHand.keys();
    if (first - 1 <= this.confirmed) return;
    this.confirmed = first - 1;
    this.news.settled(this.confirmed);
  }
}

/** The broker's own end is no failure of the messages: their attempts stay as they were. */
function forgiven(state: InboxState, places: readonly Place[]): InboxState {
  const held = state.held.map((key) => {
    const attempts = { ...key.attempts };
    for (const { source, position } of places) {
      const count = attempts[position];
      if (source === key.source && count !== undefined) attempts[position] = Math.max(count - 1, 0);
    }
    return { ...key, attempts };
  });
  return { ...state, held };
}
