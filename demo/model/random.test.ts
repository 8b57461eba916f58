import { between, integerBetween, randomOf, shuffled } from './random.js';

const draw = (seed: number, name: string): number[] => Array.from({ length: 5 }, randomOf(seed, name));

describe('random numbers of a model', () => {
  it('are the same for the same seed and name', () => {
    expect(draw(7, 'traffic')).toEqual(draw(7, 'traffic'));
  });

  it('differ with the seed and with the name', () => {
    expect(draw(7, 'traffic')).not.toEqual(draw(8, 'traffic'));
    expect(draw(7, 'traffic')).not.toEqual(draw(7, 'energy'));
  });

  it('stay within their bounds', () => {
    const random = randomOf(1, 'bounds');
    for (let i = 0; i < 1_000; i += 1) {
      const [real, integer] = [between(random, -2, 3), integerBetween(random, 4, 6)];
      expect(real >= -2 && real <= 3).toBe(true);
      expect([4, 5, 6]).toContain(integer);
    }
  });

  it('shuffle without losing anything', () => {
    expect(shuffled(randomOf(3, 'shuffle'), [1, 2, 3, 4, 5]).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5]);
  });
});
