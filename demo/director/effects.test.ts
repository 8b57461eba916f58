import type { TrafficState } from '../twins/twin-state.js';
import { expectedEffects, forecast } from './effects.js';

describe('the forecast of a seed', () => {
  it('is the same each time, and another for another seed', () => {
    expect(forecast(1)).toEqual(forecast(1));
    expect(forecast(1)).not.toEqual(forecast(2));
  });

  it('closes different roads and warns different boroughs, as the wind blows', () => {
    const seeds = Array.from({ length: 40 }, (_, seed) => forecast(seed));
    expect(new Set(seeds.map(({ road }) => road)).size).toBe(4);
    expect(new Set(seeds.map(({ boroughs }) => boroughs.join())).size).toBeGreaterThan(3);
    expect(seeds.every(({ boroughs }) => boroughs.length > 0)).toBe(true);
  });
});

describe('the expected effects', () => {
  it('concern all five twins, and none of them holds before anything has happened', () => {
    const effects = expectedEffects(forecast(1));
    expect(new Set(effects.map(({ twin }) => twin))).toEqual(new Set(['fire', 'traffic', 'energy', 'building', 'air']));
    expect(effects.filter((effect) => effect.holds({}))).toEqual([]);
  });

  it('do not take a closed road for an empty one', () => {
    const expected = forecast(1);
    const [closed] = expectedEffects(expected);
    const traffic = (flow: number): TrafficState => ({
      domain: 'traffic',
      wire: 'webhook',
      heard: 1,
      told: 1,
      openConnections: 1,
      everConnected: 1,
      federation: 'JOINED',
      roads: [{ id: expected.road, flow, usual: 900, isClosed: true }],
    });
    expect(closed?.holds({ traffic: traffic(400) })).toBe(false);
    expect(closed?.holds({ traffic: traffic(0) })).toBe(true);
  });
});
