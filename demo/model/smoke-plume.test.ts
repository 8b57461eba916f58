import { HIGH_PM25, plumeConcentration, SmokePlume } from './smoke-plume.js';

describe('the Gaussian plume', () => {
  it('gives the value of the formula worked out by hand', () => {
    // At 2,000 m: sigma y 146.06 m, sigma z 60 m; 33 g/s at 4 m/s, effective height 60 m.
    expect(plumeConcentration(33, 4, 2_000, 0)).toBeCloseTo(181.8, 0);
  });

  it('is the same to both sides, weaker there than on the axis, and nothing upwind', () => {
    const [left, right] = [-150, 150].map((across) => plumeConcentration(30, 4, 2_000, across));
    expect(left).toBe(right);
    expect(left).toBeLessThan(plumeConcentration(30, 4, 2_000, 0));
    expect(plumeConcentration(30, 4, -500, 0)).toBe(0);
  });

  it('grows with the emission and thins with the wind', () => {
    expect(plumeConcentration(60, 4, 2_000, 0)).toBeCloseTo(2 * plumeConcentration(30, 4, 2_000, 0));
    expect(plumeConcentration(30, 8, 2_000, 0)).toBeCloseTo(plumeConcentration(30, 4, 2_000, 0) / 2);
  });
});

describe('smoke over the boroughs', () => {
  it('is not there without a fire', () => {
    const plume = new SmokePlume(1);
    expect(plume.measurement().every(({ pm25 }) => pm25 === plume.background)).toBe(true);
    expect(plume.highBoroughs()).toEqual([]);
  });

  it('makes the index High somewhere downwind, whatever the seed', () => {
    for (let seed = 0; seed < 40; seed += 1) {
      const plume = new SmokePlume(seed);
      plume.feed(30);
      expect(plume.highBoroughs()[0]?.pm25).toBeGreaterThan(HIGH_PM25);
    }
  });

  it('reaches more boroughs with a greater fire, and none that a smaller one does not reach is lost', () => {
    const reached = [10, 30, 50].map((megawatts) => {
      const plume = new SmokePlume(11);
      plume.feed(megawatts);
      return plume.highBoroughs().map(({ borough }) => borough);
    });
    expect(reached[1]).toEqual(expect.arrayContaining(reached[0] ?? []));
    expect(reached[2]).toEqual(expect.arrayContaining(reached[1] ?? []));
  });
});
