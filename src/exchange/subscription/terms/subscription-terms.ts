import { comparePositions, type Position } from '../../log/log-row.js';
import { compileFilter, type Filter } from './filter-engine.js';
import { parsePointer, type PointerTokens } from './json-pointer.js';

/** How a message must differ from the one told before. At least one bound; with both, it must exceed both. */
export interface Deadband {
  /** RFC 6901 pointer to a number in the payload. */
  pointer: string;
  /** The difference must be greater. */
  absolute?: number;
  /** The difference must be greater than so many percent of the value told before. */
  percent?: number;
}

/** What a subscriber asks of a data stream, beyond being told. */
export interface SubscriptionTerms {
  /** A JSON Logic expression (see filter-rules.ts) that a message must fulfil. */
  filter?: unknown;
  /** Of each ordering key at most one message in so many milliseconds of acceptance time: the latest, at the end of the interval. */
  minIntervalMs?: number;
  deadband?: Deadband;
  /** Only what differs from the message told before: in the payload's RFC 8785 form, or in what the pointer names. */
  onlyChanges?: true | { pointer: string };
  /** A subscriber that falls behind gets everything later, or only the latest of each ordering key. */
  whenBehind?: 'queue' | 'coalesceLatest';
  /** How many messages may wait before a subscriber counts as behind. */
  behindThreshold?: number;
}

/** Terms as they are stored: from the position after `from` on these hold, until newer ones do. */
export interface TermsEpoch {
  from: Position;
  /** A name of its own, so that what was told under other terms is not compared with. */
  revision: string;
  /** Unit of the feature when the terms were made. */
  unit?: string;
  terms: SubscriptionTerms;
}

/** Changes of terms remembered of one subscription. Messages that still wait from before them are judged by the oldest that is known. */
export const MAX_EPOCHS = 8;

/** When a subscriber counts as behind, if it does not say. */
export const DEFAULT_BEHIND_THRESHOLD = 1_000;

/** Terms made ready for use. */
export interface EpochTerms {
  revision: string;
  unit?: string;
  filter?: Filter;
  minIntervalMs?: number;
  deadband?: Omit<Deadband, 'pointer'> & { at: PointerTokens };
  /** What must change: the value that the pointer names. */
  onlyChanges?: { at: PointerTokens };
}

/** The terms of one subscription over the positions of its stream. */
export class SourceTerms {
  private readonly epochs: readonly { from: Position; terms: EpochTerms | undefined }[];
  /** Whether any terms remember what was told before. */
  readonly isPaced: boolean;
  /** Whether any terms have a filter. */
  readonly isFiltered: boolean;
  /** With how many waiting messages only the latest of each key are told; undefined when all are. */
  readonly behindThreshold?: number;

  constructor(epochs: readonly TermsEpoch[]) {
    this.epochs = epochs.map((epoch) => ({ from: epoch.from, terms: isEmpty(epoch.terms) ? undefined : ready(epoch) }));
    this.isPaced = epochs.some(({ terms }) => terms.minIntervalMs !== undefined);
    this.isFiltered = epochs.some(({ terms }) => terms.filter !== undefined);
    const newest = epochs.at(-1)?.terms;
    if (newest?.whenBehind === 'coalesceLatest') this.behindThreshold = newest.behindThreshold ?? DEFAULT_BEHIND_THRESHOLD;
  }

  /** The terms that hold for the message at a position; undefined when it is told whatever it says. */
  at(position: Position): EpochTerms | undefined {
    return (this.epochs.findLast(({ from }) => comparePositions(from, position) < 0) ?? this.epochs[0])?.terms;
  }
}

/** The terms of a stored history; undefined when it asks for nothing, so that it costs nothing. */
export function sourceTerms(epochs: readonly TermsEpoch[] | null): SourceTerms | undefined {
  return epochs === null || epochs.every(({ terms }) => isEmpty(terms)) ? undefined : new SourceTerms(epochs);
}

/** The terms that hold for what is published from now on. */
export function termsOf(subscription: { terms: readonly TermsEpoch[] | null }): SubscriptionTerms {
  return subscription.terms?.at(-1)?.terms ?? {};
}

/** A history with newer terms at its end. */
export function withEpoch(epochs: readonly TermsEpoch[], next: TermsEpoch): TermsEpoch[] {
  return [...epochs, next].slice(-MAX_EPOCHS);
}

/** Whether the terms ask for nothing. */
export function isEmpty(terms: SubscriptionTerms): boolean {
  const { whenBehind, behindThreshold: _threshold, ...others } = terms;
  return whenBehind !== 'coalesceLatest' && Object.values(others).every((term) => term === undefined);
}

function ready({ revision, unit, terms }: TermsEpoch): EpochTerms {
  const { filter, minIntervalMs, deadband, onlyChanges } = terms;
  return {
    revision,
    unit,
    minIntervalMs,
    ...(filter === undefined ? {} : { filter: compileFilter(filter) }),
    ...(deadband === undefined
      ? {}
      : { deadband: { absolute: deadband.absolute, percent: deadband.percent, at: parsePointer(deadband.pointer) } }),
    ...(onlyChanges === undefined ? {} : { onlyChanges: { at: parsePointer(onlyChanges === true ? '' : onlyChanges.pointer) } }),
  };
}
