import { approachToClear, RoadTraffic } from './road-traffic.js';

function after(traffic: RoadTraffic, steps: number): RoadTraffic {
  for (let i = 0; i < steps; i += 1) traffic.step();
  return traffic;
}

describe('traffic on the approaches', () => {
  it('stays near the usual while every road is open', () => {
    for (const { flow, usual } of after(new RoadTraffic(1), 50).roads) expect(Math.abs(flow - usual) / usual).toBeLessThan(0.1);
  });

  it('dies away on a closed road and fills its two neighbours, not the road opposite', () => {
    const traffic = new RoadTraffic(1);
    const [north, east, south, west] = traffic.roads;
    expect(traffic.close(north?.id ?? '')).toBe(true);
    after(traffic, 10);
    expect(north).toMatchObject({ isClosed: true, flow: 0 });
    for (const neighbour of [east, west])
      expect((neighbour?.flow ?? 0) - (neighbour?.usual ?? 0)).toBeGreaterThan((north?.usual ?? 0) * 0.25);
    expect((south?.flow ?? 0) / (south?.usual ?? 1)).toBeCloseTo(1, 1);
  });

  it('knows no road of another name', () => {
    expect(new RoadTraffic(1).close('urn:example:road:elsewhere')).toBe(false);
  });

  it('marks what it publishes as synthetic', () => {
    expect(new RoadTraffic(1).flows).toMatchObject({ synthetic: true, roads: [{ closed: false }, {}, {}, {}] });
  });
});

describe('the approach for fire engines', () => {
  const roads = [20, 110, 200, 290].map((bearing, i) => ({ bearing, intensity: 1_000 - i * 100 }));

  it.each([
    { fromDegrees: 30, bearing: 110 },
    { fromDegrees: 0, bearing: 290 },
    { fromDegrees: 150, bearing: 200 },
  ])('comes from upwind and is the quieter of two, with wind from $fromDegrees°', ({ fromDegrees, bearing }) => {
    expect(approachToClear(roads, { fromDegrees })?.bearing).toBe(bearing);
  });

  it('does not depend on the noise', () => {
    const traffic = new RoadTraffic(5);
    const wind = { fromDegrees: 60, speed: 4 };
    const choice = approachToClear(traffic.flows.roads, wind)?.road;
    for (let i = 0; i < 50; i += 1) {
      traffic.step();
      expect(approachToClear(traffic.flows.roads, wind)?.road).toBe(choice);
    }
  });
});
