import { WarehouseFire } from './warehouse-fire.js';

function burn(fire: WarehouseFire, steps: number): void {
  for (let i = 0; i < steps; i += 1) fire.step();
}

describe('the fire', () => {
  it('grows until its fuel limits it, and stays there without water', () => {
    const fire = new WarehouseFire(1);
    fire.step();
    expect(fire.heatRelease).toBeLessThan(fire.limit);
    burn(fire, 30);
    expect(fire).toMatchObject({ heatRelease: fire.limit, isUnderControl: false });
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('reaches its limit before the engines do, and then comes under control (seed %i)', (seed) => {
    const fire = new WarehouseFire(seed);
    fire.attack();
    burn(fire, 12);
    expect(fire.peak).toBe(fire.limit);
    expect(fire.isFought).toBe(false);
    burn(fire, 15);
    expect(fire).toMatchObject({ isFought: true, isUnderControl: true });
  });
});
