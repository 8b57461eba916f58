import { comparePositions, type Position } from '../log/log-row.js';
import type { Told } from '../subscription/terms/told.js';

/**
 * The state of one inbox, as pure data and transitions.
 *
 * An inbox reads *sources*: the lanes of its own channel, and the streams it subscribed to. Per source there is a cursor, the frontier:
 * what lies beyond is PENDING, what lies before was handed out, settled, or is held. Only two things have entries:
 *
 * - a *lease*: messages in the hands of one consumer until it settles them or the lease runs out;
 * - a *held key*: an ordering key whose next message lies before the frontier, because it was given back (nack, lease timeout), or because
 *   an earlier one of its key was in other hands when the frontier passed it. Nothing of that key goes out before the held message.
 *
 * So one failing message stops its own key, and all else flows. A state is appended whole (newest wins), so it is kept small: runs of
 * positions by key, and at most {@link MAX_HELD_KEYS} held keys; beyond that the frontier waits.
 */
export interface InboxState {
  cursors: Record<string, Position>;
  leases: Lease[];
  held: HeldKey[];
  /** Tokens and claim ids of the latest leases that ended because all they held was answered: acking them is not a mistake. */
  answered?: string[];
  /** By source: the last position that was taken back (see control/withdrawals.ts); up to there one has to look. */
  withdrawn?: Record<string, Position>;
  /** What subscriptions with terms were told last. */
  told?: Told;
  /** How many messages were passed over because of the inbox's limits, ever. */
  dropped?: number;
}

/** Messages in one consumer's hands. */
export interface Lease {
  claimId: string;
  /** Fences the lease: who shows another token has lost it. */
  token: string;
  consumer: string;
  /** Epoch milliseconds by the database's clock. */
  expiresAt: number;
  runs: LeasedRun[];
}

/** Leased messages of one key of one source, in order. */
export interface LeasedRun {
  source: string;
  key: string;
  positions: Position[];
  /** The attempt each is on, of those that were delivered before. */
  attempts: Record<Position, number>;
}

/** A key that must not be overtaken. */
export interface HeldKey {
  source: string;
  key: string;
  /** Messages given back, in order. */
  retry: Position[];
  /** Failed deliveries so far of those given back. */
  attempts: Record<Position, number>;
  /** Where, before the frontier, messages of the key begin that were never handed out. */
  rest?: Position;
  /** Not to be delivered before this time (epoch ms by the database's clock). */
  notBefore: number;
  /**
   * The one message at `rest` waits for the end of its subscription's interval (epoch ms), and a newer one of the interval takes its place; there is
   * nothing else of the key up to the frontier.
   */
  window?: number;
}

/** The most held keys of one inbox. */
export const MAX_HELD_KEYS = 1_000;
/** How many ended leases are remembered as answered, by token and claim id. */
export const MAX_ANSWERED = 64;

/** An inbox nobody has read yet. */
export function emptyInbox(): InboxState {
  return { cursors: {}, leases: [], held: [] };
}

/**
 * A copy that may be changed. By hand: the generic clone takes ten times as long, and each claim and ack makes one. Lists of positions are shared: they
 * are replaced or, those of held keys, copied here.
 */
export function copyOf(state: InboxState): InboxState {
  return {
    ...state,
    cursors: { ...state.cursors },
    ...(state.withdrawn === undefined ? {} : { withdrawn: { ...state.withdrawn } }),
    leases: state.leases.map((lease) => ({ ...lease, runs: lease.runs.map((run) => ({ ...run })) })),
    held: state.held.map((held) => ({ ...held, retry: [...held.retry], attempts: { ...held.attempts } })),
  };
}

/** A message that may be handed out next. */
export interface Candidate {
  source: string;
  position: Position;
  key: string;
}

/** One message of a grant with its delivery count. */
export interface Granted<C extends Candidate> {
  candidate: C;
  /** One more than the deliveries that failed. */
  attempt: number;
  /** Whether it was delivered before, failed or taken back with its key. */
  redelivered: boolean;
}

/**
 * What is to be done with a message whose turn it is: hand it out; pass it over for good (expired, answered, undeliverable); or let its key
 * wait until a moment (epoch ms), because its connection is interrupted, or because it waits for the end of its `window`.
 */
export type Verdict = 'deliver' | 'pass' | { waitUntil: number; window?: number };

/** Who claims. */
export interface ClaimTerms {
  claimId: string;
  token: string;
  consumer: string;
  /** How many messages of a key may be handed out; without it, any number. A key that is given none is left to itself. */
  mostOf?: (source: string, key: string) => number;
}

/** Whether a consumer other than `consumer` has messages of the key in its hands. */
function isBusy(state: InboxState, source: string, key: string, consumer: string): boolean {
  return state.leases.some((lease) => lease.consumer !== consumer && lease.runs.some((run) => run.source === source && run.key === key));
}

/** Held keys whose time has come, that nobody else has in hand and of which more may be handed out, oldest message first. */
export function readyKeys(state: InboxState, { consumer, mostOf }: Pick<ClaimTerms, 'consumer' | 'mostOf'>, now: number): HeldKey[] {
  const first = (held: HeldKey): Position => held.retry[0] ?? held.rest ?? '0';
  return state.held
    .filter((held) => held.notBefore <= now && !isBusy(state, held.source, held.key, consumer) && mostOf?.(held.source, held.key) !== 0)
    .toSorted((a, b) => comparePositions(first(a), first(b)));
}

/**
 * The next moment after `looked` at which something changes by itself: a lease runs out or a held key's time comes. What was due before was seen by the
 * look: a key that is held by then waits for another consumer, whose ack or nack wakes.
 */
export function nextMoment(state: InboxState, looked: number): number | undefined {
  const moments = [...state.leases.map((lease) => lease.expiresAt), ...state.held.map((held) => held.notBefore)].filter(
    (each) => each > looked,
  );
  return moments.length === 0 ? undefined : Math.min(...moments);
}

/** Builds one lease out of held keys and the frontier. Works on a copy; {@link Claim.finish} gives the new state. */
export class Claim<C extends Candidate> {
  private readonly state: InboxState;
  private readonly granted: Granted<C>[] = [];
  private readonly grantedOf = new Map<string, number>();
  private changed = false;
  private handledRows = 0;

  constructor(
    state: InboxState,
    private readonly terms: ClaimTerms,
    private readonly max: number,
    private readonly onGrant?: (candidate: C, redelivered: boolean) => void,
  ) {
    this.state = copyOf(state);
  }

  /** The state as it is by now; not to be changed. */
  get current(): InboxState {
    return this.state;
  }

  /** How many messages were handed out, passed over or held so far: whether another look makes sense. */
  get handled(): number {
    return this.handledRows;
  }

  /** Whether a message of the key waits for the end of an interval, of this one if it is given. */
  isPending(source: string, key: string, window?: number): boolean {
    const pending = this.find(source, key)?.window;
    return pending !== undefined && (window === undefined || pending === window);
  }

  /** Whether nothing was handed out yet. */
  get isEmpty(): boolean {
    return this.granted.length === 0;
  }

  /** How many more messages fit. */
  get room(): number {
    return this.max - this.granted.length;
  }

  /**
   * Takes from a held key: `retry` are its given-back messages that still exist, `rest` the next of its untouched ones.
   * @param complete whether `rest` holds all there are up to the frontier
   */
  takeHeld(held: HeldKey, retry: readonly C[], rest: readonly C[], complete: boolean, verdict: (row: C) => Verdict): void {
    const mine = this.find(held.source, held.key);
    if (mine === undefined) return;
    const untouched = mine.rest !== undefined;
    this.changed = true;
    const failures = mine.attempts;
    const queue = [...retry, ...rest];
    let passed = 0;
    for (const row of queue) {
      const verdictNow = verdict(row);
      if (typeof verdictNow === 'object') mine.notBefore = verdictNow.waitUntil;
      mine.window = typeof verdictNow === 'object' && complete && passed === queue.length - 1 ? verdictNow.window : undefined;
      if (typeof verdictNow === 'object' || (verdictNow === 'deliver' && !this.hasRoomFor(row))) break;
      if (verdictNow === 'deliver') this.grant(row, (failures[row.position] ?? 0) + 1, passed < retry.length);
      passed += 1;
    }
    this.handledRows += passed;
    mine.retry = retry.slice(passed).map((row) => row.position);
    mine.attempts = Object.fromEntries(mine.retry.map((position) => [position, failures[position] ?? 0]));
    const nextUntouched = queue[Math.max(passed, retry.length)];
    const last = rest.at(-1);
    if (nextUntouched !== undefined) mine.rest = nextUntouched.position;
    else if (complete || !untouched) mine.rest = undefined;
    else if (last !== undefined) mine.rest = (BigInt(last.position) + 1n).toString();
    if (mine.retry.length === 0 && mine.rest === undefined) this.state.held = this.state.held.filter((entry) => entry !== mine);
  }

  /** Takes at most `max` from the frontier of a source, in order, and moves its cursor past what was handed out, held or passed over. */
  takeFrontier(source: string, rows: readonly C[], verdict: (row: C) => Verdict, max: number): void {
    let taken = 0;
    for (const row of rows) {
      const verdictNow = verdict(row);
      if (verdictNow !== 'pass') {
        const held = this.find(source, row.key);
        const waits = typeof verdictNow === 'object';
        if (held !== undefined) {
          if (waits && held.window !== undefined && verdictNow.window === held.window) {
            held.rest = row.position;
          } else {
            held.rest ??= row.position;
            held.window = undefined;
          }
        } else if (waits || isBusy(this.state, source, row.key, this.terms.consumer) || this.isFull(row)) {
          if (this.state.held.length >= MAX_HELD_KEYS) return;
          const notBefore = waits ? verdictNow.waitUntil : 0;
          const window = waits ? verdictNow.window : undefined;
          this.state.held.push({ source, key: row.key, retry: [], attempts: {}, rest: row.position, notBefore, window });
        } else {
          if (this.room === 0 || taken >= max) return;
          this.grant(row, 1, false);
          taken += 1;
        }
      }
      this.skipTo(source, row.position);
    }
  }

  /** Moves the frontier of a source past messages that are passed over for good. */
  skipTo(source: string, position: Position): void {
    this.state.cursors[source] = position;
    this.changed = true;
    this.handledRows += 1;
  }

  /** The new state, with the lease, which ends at `expiresAt`, if anything was granted. */
  finish(expiresAt: number): { state: InboxState; granted: readonly Granted<C>[]; changed: boolean } {
    if (this.granted.length > 0) this.state.leases.push(this.lease(expiresAt));
    return { state: this.state, granted: this.granted, changed: this.changed };
  }

  private lease(expiresAt: number): Lease {
    const runs = new Map<string, LeasedRun>();
    for (const { candidate, attempt, redelivered } of this.granted) {
      const id = `${candidate.source}\n${candidate.key}`;
      const run = runs.get(id) ?? { source: candidate.source, key: candidate.key, positions: [], attempts: {} };
      run.positions.push(candidate.position);
      if (redelivered) run.attempts[candidate.position] = attempt;
      runs.set(id, run);
    }
    const { claimId, token, consumer } = this.terms;
    return { claimId, token, consumer, expiresAt, runs: [...runs.values()] };
  }

  private hasRoomFor(candidate: C): boolean {
    return this.room > 0 && !this.isFull(candidate);
  }

  /** Whether the consumer has as many of the key as it may. */
  private isFull({ source, key }: C): boolean {
    const most = this.terms.mostOf?.(source, key);
    return most !== undefined && (this.grantedOf.get(`${source}\n${key}`) ?? 0) >= most;
  }

  private grant(candidate: C, attempt: number, redelivered: boolean): void {
    const id = `${candidate.source}\n${candidate.key}`;
    this.grantedOf.set(id, (this.grantedOf.get(id) ?? 0) + 1);
    this.granted.push({ candidate, attempt, redelivered });
    this.onGrant?.(candidate, redelivered);
  }

  private find(source: string, key: string): HeldKey | undefined {
    return this.state.held.find((held) => held.source === source && held.key === key);
  }
}
