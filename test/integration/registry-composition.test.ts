import { UnitOfWork } from '../../src/database/unit-of-work.js';
import type { TwinId } from '../../src/kernel/ids.js';
import { TwinCompositions } from '../../src/registry/composition/twin-compositions.js';
import { TwinCircles } from '../../src/registry/twin-circles.js';
import { TwinService } from '../../src/registry/twin.service.js';
import { aDto, aRegistry, organization, type TestRegistry } from './registry-fixture.js';

const CITY = organization('city');
const STRANGER = organization('stranger');

describe('aggregated twins', () => {
  let registry: TestRegistry;
  let twins: TwinService;
  beforeAll(async () => {
    registry = await aRegistry();
    twins = registry.get(TwinService);
  });
  afterAll(() => registry.close());

  const register = async (parts: Record<string, unknown> = {}, owner = CITY): Promise<TwinId> =>
    (await twins.register(owner, aDto(parts))).twin.id;
  const whole = (...parts: string[]): Promise<TwinId> => register({ composition: { parts } });
  const join = (twin: TwinId, circle: string): Promise<void> =>
    registry.get(UnitOfWork).run((tx) => registry.get(TwinCircles).join(tx, twin, circle));

  async function partsOf(id: TwinId): Promise<TwinId[]> {
    return (await registry.get(TwinCompositions).partsOf([id])).map(({ part }) => part).toSorted();
  }

  it('names its parts, which may be changed and taken back', async () => {
    const [a, b] = [await register(), await register()];
    const id = await whole(a, b);
    expect((await twins.read(CITY, id)).profile.composition).toEqual({ parts: [a, b] });
    expect(await partsOf(id)).toEqual([a, b]);
    await twins.patch(CITY, id, { composition: { parts: [b] } });
    expect(await partsOf(id)).toEqual([b]);
    await twins.patch(CITY, id, { composition: null });
    expect(await partsOf(id)).toEqual([]);
  });

  it('stands for the members of a federation, whoever they are by then', async () => {
    const [a, b] = [await register(), await register({}, STRANGER)];
    await join(a, 'urn:test:circle:1');
    const id = await register({ composition: { federation: 'urn:test:circle:1' } });
    await join(b, 'urn:test:circle:1');
    expect(await partsOf(id)).toEqual([a, b].toSorted());
  });

  it('is forgotten with its registration', async () => {
    const a = await register();
    const id = await whole(a);
    await twins.deregister(CITY, id);
    expect(await partsOf(id)).toEqual([]);
    expect(await registry.get(TwinCompositions).wholesOf([a])).toEqual([]);
  });

  it('refuses cycles of any length, and itself', async () => {
    const a = await register();
    const b = await whole(a);
    const c = await whole(b);
    await expect(twins.patch(CITY, a, { composition: { parts: [c] } })).rejects.toMatchObject({ code: 'composition-cycle' });
    await expect(twins.patch(CITY, a, { composition: { parts: [a] } })).rejects.toMatchObject({ code: 'composition-cycle' });
    expect((await twins.read(CITY, a)).profile.composition).toBeUndefined();
  });

  it('refuses cycles through a federation, on either side', async () => {
    const a = await register();
    const b = await whole(a);
    await join(b, 'urn:test:circle:2');
    await expect(twins.patch(CITY, a, { composition: { federation: 'urn:test:circle:2' } })).rejects.toMatchObject({
      code: 'composition-cycle',
    });
    const standsFor = await register({ composition: { federation: 'urn:test:circle:2' } });
    await expect(join(standsFor, 'urn:test:circle:2')).rejects.toMatchObject({ code: 'composition-cycle' });
  });

  it('lets only one of two that would close a circle together', async () => {
    const [a, b] = [await register(), await register()];
    const outcomes = await Promise.allSettled([
      twins.patch(CITY, a, { composition: { parts: [b] } }),
      twins.patch(CITY, b, { composition: { parts: [a] } }),
    ]);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });

  it('names only what the caller sees, and a federation it is in', async () => {
    const hidden = await register({}, STRANGER);
    const errors = [{ pointer: '/composition/parts/0', detail: expect.any(String) as string }];
    await expect(whole(hidden)).rejects.toMatchObject({ code: 'validation-failed', errors });
    await expect(whole('urn:test:nobody')).rejects.toMatchObject({ code: 'validation-failed' });
    await expect(register({ composition: { federation: 'urn:test:elsewhere' } })).rejects.toMatchObject({ code: 'validation-failed' });
    await expect(register({ composition: { parts: [], federation: 'urn:test:circle:1' } })).rejects.toMatchObject({
      code: 'validation-failed',
    });
  });

  it('keeps a part that is no longer seen, as long as nobody touches the composition', async () => {
    const part = await register({ access: 'listed' }, STRANGER);
    const id = await whole(part);
    await twins.patch(STRANGER, part, { access: 'private' });
    await twins.patch(CITY, id, { name: 'renamed' });
    expect(await partsOf(id)).toEqual([part]);
    const another = await register();
    await twins.patch(CITY, id, { composition: { parts: [part, another] } });
    expect(await partsOf(id)).toEqual([part, another].toSorted());
  });
});
