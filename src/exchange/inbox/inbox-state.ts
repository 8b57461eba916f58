import type { Position } from '../log/log-row.js';
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

/** Whether a consumer other than `consumer` has messages of the key in its hands. */
export function isBusy(state: InboxState, source: string, key: string, consumer: string): boolean {
  return state.leases.some((lease) => lease.consumer !== consumer && lease.runs.some((run) => run.source === source && run.key === key));
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
