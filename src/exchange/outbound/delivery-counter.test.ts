import { DeliveryCounter } from './delivery-counter.js';

const ACCEPTED = { kind: 'accepted' } as const;
const FAILED = { kind: 'retry', fault: 'endpoint', reason: 'it answered with HTTP 500' } as const;
const NOW = Date.parse('2026-01-01T00:00:00Z');

describe('what is counted of deliveries', () => {
  const counter = (begun: ConstructorParameters<typeof DeliveryCounter>[0] = {}) => new DeliveryCounter(begun, () => NOW);

  it('begins with nothing', () => {
    expect(counter().figures).toEqual({ attempts: 0, delivered: 0, failed: 0, latencyMs: 0, errorRate: 0 });
    expect(counter().takeChanged()).toBe(false);
  });

  it('takes the latency of what was acknowledged alone, the first as it is and each later one as a twentieth', () => {
    const counted = counter();
    counted.tried(FAILED, 30_000);
    expect(counted.figures).toMatchObject({ attempts: 1, delivered: 0, failed: 1, latencyMs: 0, lastAt: '2026-01-01T00:00:00.000Z' });
    counted.tried(ACCEPTED, 10);
    expect(counted.figures).toMatchObject({ attempts: 2, delivered: 1, failed: 1, latencyMs: 10 });
    counted.tried(ACCEPTED, 30);
    expect(counted.figures).toMatchObject({ attempts: 3, delivered: 2, failed: 1, latencyMs: 11 });
  });

  it('counts as failed whatever was not acknowledged, whoever’s fault it was, and lets the rate fall when it goes well again', () => {
    const counted = counter();
    for (const fault of ['endpoint', 'message', 'not-taken'] as const) counted.tried({ kind: 'retry', fault, reason: 'no' }, 1);
    counted.tried({ kind: 'gone', reason: 'it answered with HTTP 410' }, 1);
    expect(counted.figures).toMatchObject({ attempts: 4, delivered: 0, failed: 4 });
    const { errorRate } = counted.figures;
    expect(errorRate).toBeCloseTo(1 - 0.95 ** 4, 2);
    for (let times = 0; times < 100; times += 1) counted.tried(ACCEPTED, 1);
    expect(counted.figures.errorRate).toBeLessThan(errorRate / 10);
  });

  it('goes on from what was written before, and says when there is something to write', () => {
    const before = counter();
    before.tried(ACCEPTED, 10);
    before.tried(FAILED, 10);
    expect([before.takeChanged(), before.takeChanged()]).toEqual([true, false]);
    before.keepChanged();
    expect(before.takeChanged()).toBe(true);
    const after = counter(before.figures);
    expect(after.figures).toEqual(before.figures);
    after.tried(ACCEPTED, 10);
    expect(after.figures).toMatchObject({ attempts: 3, delivered: 2, failed: 1, latencyMs: 10 });
  });
});
