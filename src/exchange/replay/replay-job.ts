import type { TwinId } from '../../kernel/ids.js';
import type { LetterFilter } from '../dead-letter/letter-filter.js';
import type { Position } from '../log/log-row.js';

/** What is replayed: dead letters of the receiver, the log of an inbox, or the stream of a feature. */
export const REPLAY_SOURCES = ['dead-letters', 'inbox', 'stream'] as const;
/** What is replayed. */
export type ReplaySource = (typeof REPLAY_SOURCES)[number];

/** RUNNING until it reaches its end, is canceled, or fails for good. */
export type ReplayState = 'RUNNING' | 'DONE' | 'CANCELED' | 'FAILED';
/** What happens to a replay. */
export type ReplayEvent = 'finish' | 'cancel' | 'fail';

/** The states of a replay and what leads from one to another. */
export const REPLAY_TABLE: Readonly<Record<ReplayState, Readonly<Partial<Record<ReplayEvent, ReplayState>>>>> = {
  RUNNING: { finish: 'DONE', cancel: 'CANCELED', fail: 'FAILED' },
  DONE: {},
  CANCELED: {},
  FAILED: {},
};

/** What is asked of a replay. */
export interface ReplayTerms {
  filter: LetterFilter;
  /** Whether REQUESTs that awaited an answer are sent again, as new ones. */
  requests: boolean;
}

/** How far one lane of the source is read. */
export interface ReplayPlace {
  lane: number;
  /** Everything up to here was looked at. */
  at: Position;
  /** The last position that belongs to the replay; nothing newer, so that it never meets what it delivered itself. */
  end: Position;
}

/** What became of the messages so far. */
export interface ReplayCounts {
  /** Looked at, meant or not. */
  read: number;
  delivered: number;
  /** Not delivered, by reason: a problem code, or one of {@link Skipped}. */
  skipped: Record<string, number>;
}

/** Why a message is not delivered again, where no problem code says it. */
export type Skipped = 'request' | 'replayed-already' | 'sender-gone';

/** A replay as it is stored. */
export interface ReplayJob {
  id: string;
  receiver: TwinId;
  source: ReplaySource;
  /** The log that is read; of dead letters that of the receiver. */
  channel: string;
  terms: ReplayTerms;
  /** Deliveries per second, at most. */
  rate: number;
  state: ReplayState;
  places: ReplayPlace[];
  counts: ReplayCounts;
  createdBy: string;
  createdAt: Date;
  changedAt: Date;
  /** Of a FAILED one: why. */
  failure: string | null;
  /** The broker that carries it on, and how often it has changed hands. */
  broker: string | null;
  fence: string;
}
