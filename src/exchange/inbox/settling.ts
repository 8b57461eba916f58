import { comparePositions, type Position } from '../log/log-row.js';
import { type HeldKey, type InboxState, type Lease, type LeasedRun, MAX_ANSWERED, copyOf } from './inbox-state.js';

/** A message by its source and position. */
export interface Place {
  source: string;
  position: Position;
}

/** A message whose deliveries are used up. */
export interface Exhausted extends Place {
  attempts: number;
}

/** Removes runs and leases that have nothing left. */
function drop(state: InboxState): void {
  for (const lease of state.leases) lease.runs = lease.runs.filter((run) => run.positions.length > 0);
  state.leases = state.leases.filter((lease) => lease.runs.length > 0);
}

/** To look a place up by. */
function idOf({ source, position }: Place): string {
  return `${source}\n${position}`;
}

function idsOf(places: readonly Place[]): ReadonlySet<string> {
  return new Set(places.map(idOf));
}

/** Every message of a lease. */
export function placesOf(lease: Lease): Place[] {
  return lease.runs.flatMap((run) => run.positions.map((position) => ({ source: run.source, position })));
}

/**
 * Settles messages of a lease as ACKED: they are done with. Returns a new state.
 * Places that are not in the lease are left to the caller, who knows how to refuse them.
 */
export function settle(state: InboxState, token: string, places: readonly Place[]): InboxState {
  const next = copyOf(state);
  const lease = next.leases.find((candidate) => candidate.token === token);
  if (lease === undefined) return next;
  const done = idsOf(places);
  for (const run of lease.runs) run.positions = run.positions.filter((position) => !done.has(idOf({ source: run.source, position })));
  drop(next);
  return next;
}

/** Settles messages of several leases at once, by the tokens of the leases. Those that are not there any more are passed over; nothing to do gives the same state. */
export function settleAll(state: InboxState, placesByToken: ReadonlyMap<string, readonly Place[]>): InboxState {
  if (!state.leases.some((lease) => placesByToken.has(lease.token))) return state;
  const leases = state.leases.map((lease) => {
    const places = placesByToken.get(lease.token);
    if (places === undefined) return lease;
    const done = idsOf(places);
    const runs = lease.runs
      .map((run) => ({ ...run, positions: run.positions.filter((position) => !done.has(idOf({ source: run.source, position }))) }))
      .filter((run) => run.positions.length > 0);
    return { ...lease, runs };
  });
  return { ...state, leases: leases.filter((lease) => lease.runs.length > 0) };
}

/** Settles one message wherever it is leased or held: it was answered, so it needs no further delivery. */
export function settleAnywhere(state: InboxState, place: Place): InboxState {
  const lease = state.leases.find((candidate) =>
    candidate.runs.some((run) => run.source === place.source && run.positions.includes(place.position)),
  );
  if (lease === undefined) return state;
  const next = settle(state, lease.token, [place]);
  const isOver = !next.leases.some((each) => each.token === lease.token);
  return isOver ? { ...next, answered: [...(next.answered ?? []), lease.token, lease.claimId].slice(-MAX_ANSWERED) } : next;
}

/** Moves the end of a lease. Returns a new state. */
export function extend(state: InboxState, token: string, expiresAt: number): InboxState {
  return { ...state, leases: state.leases.map((lease) => (lease.token === token ? { ...lease, expiresAt } : lease)) };
}

/**
 * Takes messages back from a lease (nack, or the lease ran out). With each, the later messages of its key that are in anybody's hands come
 * back too, so that the key keeps its order; they don't count as failed. A message that has used up `maxAttempts` deliveries is exhausted:
 * the caller makes it a dead letter, and its key goes on.
 */
export function giveBack(
  state: InboxState,
  token: string,
  places: readonly Place[],
  maxAttempts: number,
  notBefore: (attempts: number) => number,
): { state: InboxState; exhausted: Exhausted[] } {
  const next = copyOf(state);
  const exhausted: Exhausted[] = [];
  const lease = next.leases.find((candidate) => candidate.token === token);
  if (lease === undefined) return { state: next, exhausted };
  const returned = idsOf(places);
  for (const run of [...lease.runs]) {
    const failed = new Set(run.positions.filter((position) => returned.has(idOf({ source: run.source, position }))));
    const dead = new Set([...failed].filter((position) => (run.attempts[position] ?? 1) >= maxAttempts));
    for (const position of dead) exhausted.push({ source: run.source, position, attempts: run.attempts[position] ?? 1 });
    run.positions = run.positions.filter((position) => !dead.has(position));
    const first = run.positions.find((position) => failed.has(position));
    if (first !== undefined) takeBackFrom(next, run, first, failed, notBefore(run.attempts[first] ?? 1));
  }
  drop(next);
  return { state: next, exhausted };
}

/**
 * Takes messages back from a lease without counting a failed delivery: they did not reach anybody. The later messages of their keys come back with
 * them. Returns a new state.
 */
export function release(state: InboxState, token: string, places: readonly Place[], notBefore: number): InboxState {
  const next = copyOf(state);
  const lease = next.leases.find((candidate) => candidate.token === token);
  const returned = idsOf(places);
  for (const run of [...(lease?.runs ?? [])]) {
    const first = run.positions.find((position) => returned.has(idOf({ source: run.source, position })));
    if (first !== undefined) takeBackFrom(next, run, first, NONE, notBefore);
  }
  drop(next);
  return next;
}

const NONE: ReadonlySet<Position> = new Set();

/** Takes back everything of the run's key from `first` on, whoever has it in hand. */
function takeBackFrom(state: InboxState, run: LeasedRun, first: Position, failed: ReadonlySet<Position>, notBefore: number): void {
  const held = heldKey(state, run.source, run.key);
  for (const other of state.leases.flatMap((lease) => lease.runs)) {
    if (other.source !== run.source || other.key !== run.key) continue;
    const back = other.positions.filter((position) => comparePositions(position, first) >= 0);
    other.positions = other.positions.filter((position) => comparePositions(position, first) < 0);
    held.retry.push(...back);
    for (const position of back) held.attempts[position] = (other.attempts[position] ?? 1) - (failed.has(position) ? 0 : 1);
  }
  held.retry.sort(comparePositions);
  held.notBefore = Math.max(held.notBefore, notBefore);
}

function heldKey(state: InboxState, source: string, key: string): HeldKey {
  const found = state.held.find((held) => held.source === source && held.key === key);
  if (found !== undefined) return found;
  const held: HeldKey = { source, key, retry: [], attempts: {}, notBefore: 0 };
  state.held.push(held);
  return held;
}
