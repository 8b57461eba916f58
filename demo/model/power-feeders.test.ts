import { feederId, PowerFeeders } from './power-feeders.js';

describe('the feeders of the substation', () => {
  it('lose their load one step after the breaker opens; the others keep theirs', () => {
    const grid = new PowerFeeders(1);
    expect(grid.cut(feederId(3))).toBe(true);
    grid.step();
    const loads = grid.measurement();
    expect(loads.filter(({ load }) => load === 0)).toEqual([{ id: feederId(3), synthetic: true, load: 0, energised: false }]);
    expect(loads).toHaveLength(5);
  });

  it('knows no feeder of another name', () => {
    expect(new PowerFeeders(1).cut('urn:example:feeder:elsewhere')).toBe(false);
  });
});
