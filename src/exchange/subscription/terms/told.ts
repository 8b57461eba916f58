import type { Position } from '../../log/log-row.js';

/** What was told last of one ordering key, as far as the terms need it. */
export interface ToldKey {
  /** The revision of the terms under which it was told; under another one it counts for nothing. */
  revision: string;
  /** When it counts as told, epoch ms: its acceptance, or the end of the interval it had to wait for. */
  at: number;
  /** The number that the deadband watches. */
  value?: number;
  /** A digest of what only-changes watches. */
  digest?: string;
}

/** How many messages of a subscription went out, were passed over, and made its filter fail: about, since what is looked at twice may count twice. */
export interface TermsCounts {
  delivered: number;
  passed: number;
  failed: number;
}

/** The memory of one subscription with terms. */
export interface ToldSource {
  counts: TermsCounts;
  /** Oldest first; at most {@link MAX_TOLD_KEYS}. */
  keys: Record<string, ToldKey>;
  /** The end of the backlog of which only the latest of each key is told. */
  backlog?: Position;
}

/** By source, the memory of subscriptions with terms. It is saved with the state of the inbox, and so with the cursor that passed what it remembers. */
export type Told = Record<string, ToldSource>;

/** Keys remembered of one subscription. What was told longest ago is forgotten: the next message of its key counts as its first. */
export const MAX_TOLD_KEYS = 500;

/** An empty memory. */
export function emptyToldSource(): ToldSource {
  return { counts: { delivered: 0, passed: 0, failed: 0 }, keys: {} };
}

/** Remembers what was told of a key, as the newest. */
export function remember(memory: ToldSource, key: string, told: ToldKey): void {
  // Taken out first: an object keeps its members in the order in which they were added.
  const isKnown = Reflect.has(memory.keys, key) && Reflect.deleteProperty(memory.keys, key);
  memory.keys[key] = told;
  if (isKnown) return;
  const names = Object.keys(memory.keys);
  for (const name of names.slice(0, Math.max(0, names.length - MAX_TOLD_KEYS))) Reflect.deleteProperty(memory.keys, name);
}
