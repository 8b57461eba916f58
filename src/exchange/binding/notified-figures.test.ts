import { withNotified } from './notified-figures.js';
import type { StoredBinding } from './binding.js';

const refusal = (at: string): StoredBinding['refusals'][number] => ({ at, code: 'payload-invalid', reason: 'no' });
const binding = {
  figures: { received: 3, taken: 2, repeated: 0, refused: 1, postponed: 0, lastAt: '2026-01-01T00:00:02Z', latencyMs: 10, errorRate: 0.1 },
  refusals: [refusal('2026-01-01T00:00:02Z')],
} as unknown as StoredBinding;

describe('what was notified', () => {
  it('is counted in with what the session brought: sums, the latest, means by their weight', () => {
    const { figures, refusals } = withNotified(binding, {
      figures: {
        received: 9,
        taken: 5,
        repeated: 1,
        refused: 3,
        postponed: 2,
        lastAt: '2026-01-01T00:00:01Z',
        latencyMs: 2,
        errorRate: 0.5,
      },
      refusals: [refusal('2026-01-01T00:00:03Z'), ...Array.from({ length: 9 }, () => refusal('2026-01-01T00:00:01Z'))],
    });
    expect(figures).toEqual({
      received: 12,
      taken: 7,
      repeated: 1,
      refused: 4,
      postponed: 2,
      lastAt: '2026-01-01T00:00:02Z',
      latencyMs: 4,
      errorRate: 0.4,
    });
    expect(refusals.slice(0, 3).map(({ at }) => at)).toEqual(['2026-01-01T00:00:03Z', '2026-01-01T00:00:02Z', '2026-01-01T00:00:01Z']);
    expect(refusals).toHaveLength(10);
  });

  it('is nothing where nothing was, on either side', () => {
    expect(withNotified(binding, undefined)).toBe(binding);
    const empty = { ...binding, figures: {}, refusals: [] };
    expect(withNotified(empty, { figures: {}, refusals: [] }).figures).toMatchObject({ received: 0, latencyMs: 0, errorRate: 0 });
  });
});
