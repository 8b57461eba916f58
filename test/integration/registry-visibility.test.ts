import { DomainEvents } from '../../src/database/domain-events.js';
import { UnitOfWork } from '../../src/database/unit-of-work.js';
import { DiscoveryService } from '../../src/discovery/discovery.service.js';
import { parseTwinId, type TwinId } from '../../src/kernel/ids.js';
import { RegisteredOwnership } from '../../src/registry/registered-ownership.js';
import { TwinCircles } from '../../src/registry/twin-circles.js';
import { TwinDirectory } from '../../src/registry/twin-directory.js';
import { TwinService } from '../../src/registry/twin.service.js';
import type { Principal } from '../../src/security/principal.js';
import { aDto, aRegistry, OPERATOR, organization, type TestRegistry, twinOf } from './registry-fixture.js';

const city = organization('city');

let registry: TestRegistry;
let twins: TwinService;
let directory: TwinDirectory;

beforeAll(async () => {
  registry = await aRegistry();
  twins = registry.get(TwinService);
  directory = registry.get(TwinDirectory);
});
afterAll(() => registry.close());

async function aTwin(owner: string, parts: Record<string, unknown> = {}): Promise<TwinId> {
  const dto = aDto(parts);
  await twins.register(organization(owner), dto);
  return parseTwinId(dto.id);
}

async function enter(circle: string, ...ids: TwinId[]): Promise<void> {
  await registry.get(UnitOfWork).run(async (tx) => {
    for (const id of ids) await registry.get(TwinCircles).join(tx, id, circle);
    tx.record({ kind: 'member.changed', subject: circle, data: {} });
  });
}

async function changeCircles(change: (circles: TwinCircles, tx: Parameters<TwinCircles['leave']>[0]) => Promise<void>): Promise<void> {
  await registry.get(UnitOfWork).run(async (tx) => {
    await change(registry.get(TwinCircles), tx);
    tx.record({ kind: 'member.changed', subject: 'any', data: {} });
  });
}

/** By every way there is to look at a twin: all must agree. */
async function sees(principal: Principal, id: TwinId): Promise<boolean> {
  const answers = [
    await twins.read(principal, id).then(
      () => true,
      () => false,
    ),
    (await twins.list(principal, { limit: 1000 })).items.some((twin) => twin.id === id),
    (await registry.get(DiscoveryService).search(principal, { limit: 1000 })).items.some(({ twin }) => twin.id === id),
    await directory.isVisible(principal, id),
    (await registry.get(RegisteredOwnership).ownerOf(id, principal)) !== undefined,
  ];
  expect(new Set(answers).size).toBe(1);
  return answers[0] === true;
}

describe('who may see a twin', () => {
  it('is everyone, when it is listed', async () => {
    const id = await aTwin('city', { access: 'listed' });
    for (const principal of [city, organization('rival'), twinOf('rival', 'urn:test:x'), OPERATOR])
      expect(await sees(principal, id)).toBe(true);
  });

  it('is its organization, that organization’s twins and operators, when it is private', async () => {
    const id = await aTwin('city');
    for (const principal of [city, twinOf('city', id), twinOf('city', 'urn:test:x'), OPERATOR])
      expect(await sees(principal, id)).toBe(true);
    for (const principal of [organization('rival'), twinOf('rival', id)]) expect(await sees(principal, id)).toBe(false);
  });

  it('is the organizations and the twins that share a circle with it', async () => {
    const [mine, theirs, sibling] = [await aTwin('city'), await aTwin('fire'), await aTwin('fire')];
    await enter('urn:test:circle', mine, theirs);
    expect(await sees(organization('fire'), mine)).toBe(true);
    expect(await sees(twinOf('fire', theirs), mine)).toBe(true);
    expect(await sees(twinOf('fire', sibling), mine)).toBe(false);
    expect(await sees(organization('rival'), mine)).toBe(false);
    await changeCircles((circles, tx) => circles.leave(tx, theirs, 'urn:test:circle'));
    expect(await sees(organization('fire'), mine)).toBe(false);
    await enter('urn:test:circle', theirs);
    expect(await sees(organization('fire'), mine)).toBe(true);
    await changeCircles((circles, tx) => circles.dissolve(tx, 'urn:test:circle'));
    expect(await sees(organization('fire'), mine)).toBe(false);
  });

  it('does not come back with the next incarnation of a twin that was in a circle', async () => {
    const [mine, theirs] = [await aTwin('city'), await aTwin('water')];
    await enter('urn:test:circle:2', mine, theirs);
    expect(await sees(organization('water'), mine)).toBe(true);
    await twins.deregister(city, mine);
    expect(await sees(organization('water'), mine)).toBe(false);
    await twins.register(city, aDto({ id: mine }));
    expect(await sees(organization('water'), mine)).toBe(false);
  });

  it('cannot be changed by putting a tombstone into a circle', async () => {
    const [mine, theirs] = [await aTwin('city'), await aTwin('energy')];
    await twins.deregister(city, mine);
    await enter('urn:test:circle:3', mine, theirs);
    await twins.register(city, aDto({ id: mine }));
    expect(await sees(organization('energy'), mine)).toBe(false);
  });
});

describe('the directory', () => {
  it('knows a twin as soon as its registration is answered, and its changes as soon as they are', async () => {
    const id = parseTwinId(aDto().id);
    expect(await directory.find(id)).toBeUndefined();
    await twins.register(city, aDto({ id, name: 'First' }));
    expect(await directory.find(id)).toMatchObject({ id, owner: 'city', name: 'First', status: 'ACTIVE', version: 1, access: 'private' });
    await twins.patch(city, id, { name: 'Second' });
    expect(await directory.find(id)).toMatchObject({ name: 'Second', version: 2 });
    await twins.deregister(city, id);
    expect(await directory.find(id)).toBeUndefined();
  });

  it('does not keep what it loaded while the twin was changed', async () => {
    const id = await aTwin('city', { name: 'Old' });
    await Promise.all([directory.find(id), twins.patch(city, id, { name: 'New' }), directory.find(id)]);
    expect((await directory.find(id))?.name).toBe('New');
  });

  it('hears of changes through another broker', async () => {
    const id = await aTwin('city', { name: 'Old' });
    const other = await registry.another();
    try {
      await directory.find(id);
      await other.get(TwinService).patch(city, id, { name: 'New' });
      await registry.get(DomainEvents).readNew();
      expect((await directory.find(id))?.name).toBe('New');
    } finally {
      await other.close();
    }
  });
});
