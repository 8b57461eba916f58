import type { FeedFigures, Refusal, StoredBinding } from './binding.js';
import { KEPT_REFUSALS } from './feed-counter.js';

/** What was counted of a binding's documents. */
export type Counted = Pick<StoredBinding, 'figures' | 'refusals'>;

/** A binding with what its source brought by itself counted in: that is counted apart, by whichever broker was reached. */
export function withNotified(binding: StoredBinding, notified: Counted | undefined): StoredBinding {
  if (notified === undefined) return binding;
  return { ...binding, figures: sumOf(binding.figures, notified.figures), refusals: latestOf(binding.refusals, notified.refusals) };
}

function sumOf(one: Partial<FeedFigures>, other: Partial<FeedFigures>): Partial<FeedFigures> {
  const of = (name: 'received' | 'taken' | 'repeated' | 'refused' | 'postponed'): number => (one[name] ?? 0) + (other[name] ?? 0);
  const lastAt = [one.lastAt, other.lastAt]
    .filter((at) => at !== undefined)
    .toSorted()
    .at(-1);
  return {
    received: of('received'),
    taken: of('taken'),
    repeated: of('repeated'),
    refused: of('refused'),
    postponed: of('postponed'),
    ...(lastAt === undefined ? {} : { lastAt }),
    latencyMs: meanOf(one, other, 'latencyMs', ({ taken = 0, repeated = 0 }) => taken + repeated),
    errorRate: meanOf(one, other, 'errorRate', ({ received = 0 }) => received),
  };
}

function meanOf(
  one: Partial<FeedFigures>,
  other: Partial<FeedFigures>,
  name: 'latencyMs' | 'errorRate',
  weightOf: (figures: Partial<FeedFigures>) => number,
): number {
  const [first, second] = [weightOf(one), weightOf(other)];
  if (first + second === 0) return 0;
  return Math.round((((one[name] ?? 0) * first + (other[name] ?? 0) * second) / (first + second)) * 1_000) / 1_000;
}

function latestOf(one: readonly Refusal[], other: readonly Refusal[]): readonly Refusal[] {
  return [...one, ...other].toSorted((a, b) => (a.at < b.at ? 1 : -1)).slice(0, KEPT_REFUSALS);
}
