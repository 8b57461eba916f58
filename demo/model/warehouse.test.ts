import { Warehouse } from './warehouse.js';

describe('the warehouse', () => {
  it('keeps its people while nobody sounds the alarm', () => {
    const warehouse = new Warehouse(1);
    warehouse.step();
    expect(warehouse.occupants).toBe(warehouse.staff);
  });

  it('empties after a time to react, and then stays empty', () => {
    const warehouse = new Warehouse(1);
    warehouse.evacuate(140);
    warehouse.step();
    expect(warehouse.measurement()).toMatchObject({ occupants: warehouse.staff, evacuating: true });
    for (let i = 0; i < 20; i += 1) warehouse.step();
    expect(warehouse).toMatchObject({ occupants: 0, assemblyBearing: 140 });
  });
});
