import { comparePositions, type Position } from '../log/log-row.js';
import { copyOf, type HeldKey, type InboxState, isBusy, type Lease, type LeasedRun, MAX_HELD_KEYS } from './inbox-state.js';

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

/** Held keys whose time has come, that nobody else has in hand and of which more may be handed out, oldest message first. */
export function readyKeys(state: InboxState, { consumer, mostOf }: Pick<ClaimTerms, 'consumer' | 'mostOf'>, now: number): HeldKey[] {
  const first = (held: HeldKey): Position => held.retry[0] ?? held.rest ?? '0';
  return state.held
    .filter((held) => held.notBefore <= now && !isBusy(state, held.source, held.key, consumer) && mostOf?.(held.source, held.key) !== 0)
    .toSorted((a, b) => comparePositions(first(a), first(b)));
}

/** More messages are not looked at again: where they came to lie is stored. */
const MAX_PROVISIONAL = 64;
/** A claim that has so many characters in hand takes nothing more: it leaves the process in one piece. */
const MOST_SIZE = 16 * 1_048_576;

/** Builds one lease out of held keys and the frontier. Works on a copy; {@link Claim.finish} gives the new state. */
export class Claim<C extends Candidate> {
  private readonly state: InboxState;
  private readonly granted: Granted<C>[] = [];
  private readonly grantedOf = new Map<string, number>();
  private changed = false;
  private isFinal = false;
  private grantedSize = 0;
  private handledRows = 0;

  constructor(
    state: InboxState,
    private readonly terms: ClaimTerms,
    private readonly max: number,
    private readonly onGrant?: (candidate: C, redelivered: boolean) => void,
    /** The size of a message, in characters. */
    private readonly sizeOf: (candidate: C) => number = () => 0,
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

  /** Whether all it did was to set a few messages behind others of their keys: looked at again, they come to lie there again. */
  get isProvisional(): boolean {
    return this.isEmpty && !this.isFinal && this.handledRows <= MAX_PROVISIONAL;
  }

  /** How many more messages fit. */
  get room(): number {
    return this.grantedSize < MOST_SIZE ? this.max - this.granted.length : 0;
  }

  /**
   * Takes from a held key: `retry` are its given-back messages that still exist, `rest` the next of its untouched ones.
   * @param complete whether `rest` holds all there are up to the frontier
   * @param unread given-back messages after `retry` that were not read; then there is no `rest`
   */
  takeHeld(
    held: HeldKey,
    retry: readonly C[],
    rest: readonly C[],
    complete: boolean,
    verdict: (row: C) => Verdict,
    unread: readonly Position[] = [],
  ): void {
    const mine = this.find(held.source, held.key);
    if (mine === undefined) return;
    const untouched = mine.rest !== undefined;
    this.changed = true;
    this.isFinal = true;
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
    mine.retry = [...retry.slice(passed).map((row) => row.position), ...unread];
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
      if (typeof verdictNow === 'object' || verdictNow === 'pass') this.isFinal = true;
      this.moveTo(source, row.position);
    }
  }

  /** Moves the frontier of a source past messages that are passed over for good. */
  skipTo(source: string, position: Position): void {
    this.isFinal = true;
    this.moveTo(source, position);
  }

  private moveTo(source: string, position: Position): void {
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
    this.grantedSize += this.sizeOf(candidate);
    this.onGrant?.(candidate, redelivered);
  }

  private find(source: string, key: string): HeldKey | undefined {
    return this.state.held.find((held) => held.source === source && held.key === key);
  }
}
