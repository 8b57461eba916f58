import { TwinDirectory } from '../../src/registry/twin-directory.js';
import {
  aConnection,
  aFederationId,
  anActiveFederation,
  aTwin,
  refusalOf,
  someFederations,
  statesTold,
  type TestFederations,
} from './federation-fixture.js';
import { OPERATOR, organization, twinOf } from './registry-fixture.js';

const fireService = organization('fire');
const city = organization('city');
const stranger = organization('stranger');

let broker: TestFederations;

beforeAll(async () => {
  broker = await someFederations();
});
afterAll(() => broker.close());

const purpose = 'Clear the way';

describe('creating a federation', () => {
  it('starts as a DRAFT with its initiator as first member, and forms with the first invitation', async () => {
    const [fire, traffic, id] = [await aTwin(broker, 'fire'), await aTwin(broker, 'city'), aFederationId()];
    const draft = await broker.federations.create(fireService, { id, purpose, initiator: fire });
    expect(draft).toMatchObject({ id, state: 'DRAFT', version: 1, incarnation: 1, access: 'private', name: null });
    const { items } = await broker.members.list(fireService, id);
    expect(items).toMatchObject([{ twin: fire, role: 'initiator', state: 'JOINED', organization: 'fire' }]);
    await broker.members.invite(fireService, id, { twin: traffic });
    expect((await broker.federations.read(city, id)).state).toBe('FORMING');
    await broker.members.join(city, id, { twin: traffic });
    expect(await statesTold(broker, 'federation.changed', id)).toEqual(['DRAFT', 'FORMING', 'ACTIVE']);
    expect(await statesTold(broker, 'member.changed', id)).toEqual(['JOINED', 'INVITED', 'JOINED']);
  });

  it('mints an id where none is given', async () => {
    const fire = await aTwin(broker, 'fire');
    expect((await broker.federations.create(fireService, { purpose, initiator: fire })).id).toMatch(/^urn:uuid:/);
  });

  it('is for those who act for the initiator', async () => {
    const [fire, hidden] = [await aTwin(broker, 'fire'), await aTwin(broker, 'city', { access: 'private' })];
    expect((await refusalOf(broker.federations.create(city, { purpose, initiator: fire }))).code).toBe('forbidden');
    expect((await refusalOf(broker.federations.create(OPERATOR, { purpose, initiator: fire }))).code).toBe('forbidden');
    const unseen = await refusalOf(broker.federations.create(fireService, { purpose, initiator: hidden }));
    expect(unseen).toMatchObject({ code: 'not-found', pointer: '/initiator' });
    const byItself = await broker.federations.create(twinOf('fire', fire), { purpose, initiator: fire });
    expect(byItself.initiator).toBe(fire);
  });

  it('is refused as a whole when a twin to be invited is not visible', async () => {
    const [fire, hidden, id] = [await aTwin(broker, 'fire'), await aTwin(broker, 'city', { access: 'private' }), aFederationId()];
    const refusal = await refusalOf(
      broker.federations.create(fireService, { id, purpose, initiator: fire, invitations: [{ twin: hidden }] }),
    );
    expect(refusal).toMatchObject({ code: 'not-found', pointer: '/invitations/0/twin' });
    expect((await refusalOf(broker.federations.read(fireService, id))).code).toBe('not-found');
  });

  it('happens once when many ask for the same id at once', async () => {
    const [fire, id] = [await aTwin(broker, 'fire'), aFederationId()];
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, () => broker.federations.create(fireService, { id, purpose, initiator: fire })),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'already-exists' });
    }
    const puts = await Promise.all(
      Array.from({ length: 8 }, () => broker.federations.replace(fireService, id, { purpose, initiator: fire })),
    );
    expect(puts.map(({ change }) => change)).toEqual(Array.from({ length: 8 }, () => 'unchanged'));
  });

  it('brings a dissolved id back as a new incarnation, for the same organization alone', async () => {
    const [fire, foreign, id] = [await aTwin(broker, 'fire'), await aTwin(broker, 'stranger'), aFederationId()];
    await broker.federations.create(fireService, { id, purpose, initiator: fire, access: 'listed', invitations: [{ twin: foreign }] });
    await broker.federations.dissolve(fireService, id);
    for (const attempt of [
      broker.federations.create(stranger, { id, purpose, initiator: foreign }),
      broker.federations.replace(stranger, id, { purpose, initiator: foreign }),
    ]) {
      expect((await refusalOf(attempt)).code).toBe('already-exists');
    }
    const { change, federation } = await broker.federations.replace(fireService, id, { purpose: 'Again', initiator: fire });
    expect(change).toBe('created');
    expect(federation).toMatchObject({ state: 'DRAFT', incarnation: 2, version: 1, purpose: 'Again', access: 'private' });
    expect((await broker.members.list(fireService, id)).items.map(({ twin }) => twin)).toEqual([fire]);
  });
});

describe('changing a federation', () => {
  it('counts a version for another profile, and none for the same or for a change of state', async () => {
    const { id, fire, traffic } = await anActiveFederation(broker);
    const before = broker.told.length;
    const same = await broker.federations.replace(fireService, id, { purpose, initiator: fire });
    expect(same).toMatchObject({ change: 'unchanged', federation: { version: 1, state: 'ACTIVE' } });
    const other = await broker.federations.update(
      fireService,
      id,
      { name: 'Fire response' },
      { expected: [{ version: 1, incarnation: 1 }] },
    );
    expect(other).toMatchObject({ change: 'replaced', federation: { version: 2, name: 'Fire response', purpose } });
    expect(broker.told.slice(before)).toMatchObject([{ from: fire, to: traffic, action: 'UPDATE', object: { type: 'federation', id } }]);
    const stale = broker.federations.update(fireService, id, { name: null }, { expected: [{ version: 1, incarnation: 1 }] });
    expect((await refusalOf(stale)).code).toBe('precondition-failed');
    expect((await broker.federations.update(fireService, id, { name: null }, { expected: 'any' })).federation.name).toBeNull();
  });

  it('leaves the initiator to hand-over', async () => {
    const { id, fire, traffic } = await anActiveFederation(broker);
    const ours = await aTwin(broker, 'fire');
    const refusal = await refusalOf(broker.federations.replace(fireService, id, { purpose, initiator: ours }));
    expect(refusal).toMatchObject({ code: 'state-conflict', pointer: '/initiator' });
    expect((await refusalOf(broker.lifecycle.handOver(fireService, id, ours))).code).toBe('state-conflict');
    expect((await broker.lifecycle.handOver(fireService, id, traffic)).initiator).toBe(traffic);
    const { items } = await broker.members.list(city, id);
    expect(Object.fromEntries(items.map(({ twin, role }) => [twin, role]))).toEqual({ [fire]: 'member', [traffic]: 'initiator' });
    expect((await refusalOf(broker.federations.dissolve(fireService, id))).code).toBe('forbidden');
    expect((await broker.federations.dissolve(city, id)).state).toBe('DISSOLVED');
  });
});

describe('seeing a federation', () => {
  it('is for its members, its invitees and operators, unless it is listed', async () => {
    const { id, traffic } = await anActiveFederation(broker);
    for (const principal of [fireService, city, OPERATOR, twinOf('city', traffic)]) {
      expect((await broker.federations.read(principal, id)).id).toBe(id);
    }
    expect((await refusalOf(broker.federations.read(stranger, id))).code).toBe('not-found');
    expect((await refusalOf(broker.federations.dissolve(stranger, id))).code).toBe('not-found');
    expect((await broker.federations.list(stranger)).items.map((item) => item.id)).not.toContain(id);
    await broker.federations.update(fireService, id, { access: 'listed' }, {});
    expect((await broker.federations.read(stranger, id)).id).toBe(id);
    expect((await refusalOf(broker.federations.dissolve(stranger, id))).code).toBe('forbidden');
  });

  it('ends for an organization with its last membership', async () => {
    const { id, traffic } = await anActiveFederation(broker);
    await broker.members.leave(city, id, traffic);
    expect((await refusalOf(broker.federations.read(city, id))).code).toBe('not-found');
  });

  it('shows outsiders of a listed federation only the members that they may see anyway', async () => {
    const traffic = await aTwin(broker, 'city', { access: 'listed' });
    const { id, fire } = await anActiveFederation(broker, { access: 'listed', traffic });
    const hidden = await aTwin(broker, 'fire', { access: 'private' });
    await broker.members.invite(fireService, id, { twin: hidden });
    const seen = async (principal: typeof city) => (await broker.members.list(principal, id)).items.map(({ twin }) => twin).sort();
    expect(await seen(stranger)).toEqual([fire, traffic].sort());
    expect(await seen(city)).toEqual([fire, traffic, hidden].sort());
  });

  it('pages through the list without a gap, in whatever way a federation is seen', async () => {
    const mine = organization('pager');
    const [own, elsewhere] = [await aTwin(broker, 'pager'), await aTwin(broker, 'pager')];
    const expected: string[] = [];
    for (let index = 0; index < 6; index += 1) {
      const id = aFederationId();
      expected.push(id);
      if (index % 2 === 0) {
        await broker.federations.create(mine, { id, purpose, initiator: own, invitations: [{ twin: elsewhere }] });
      } else {
        const fire = await aTwin(broker, 'fire');
        await broker.federations.create(fireService, { id, purpose, initiator: fire, invitations: [{ twin: own }, { twin: elsewhere }] });
      }
    }
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await broker.federations.list(mine, { limit: 2, cursor, member: elsewhere });
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.next;
    } while (cursor !== undefined);
    expect(seen).toEqual(expected);
    expect((await broker.federations.list(mine, { initiator: own })).items).toHaveLength(3);
    expect((await broker.federations.list(mine, { initiator: own, state: 'ACTIVE' })).items).toHaveLength(0);
  });
});

describe('suspending a federation', () => {
  it('suspends its connections, and resumes them', async () => {
    const federation = await anActiveFederation(broker);
    const connection = await aConnection(broker, federation);
    expect((await broker.lifecycle.suspend(fireService, federation.id)).state).toBe('SUSPENDED');
    expect((await broker.connections.read(city, connection)).state).toBe('SUSPENDED');
    expect((await broker.lifecycle.suspend(fireService, federation.id)).state).toBe('SUSPENDED');
    expect((await refusalOf(broker.members.invite(fireService, federation.id, { twin: await aTwin(broker, 'city') }))).code).toBe(
      'state-conflict',
    );
    expect((await broker.lifecycle.resume(fireService, federation.id)).state).toBe('ACTIVE');
    expect((await broker.connections.read(city, connection)).state).toBe('CONNECTED');
    expect(await statesTold(broker, 'connection.changed', connection)).toEqual([
      'REQUESTED',
      'NEGOTIATING',
      'CONNECTED',
      'SUSPENDED',
      'CONNECTED',
    ]);
  });

  it('leaves what an operator has suspended to an operator', async () => {
    const { id } = await anActiveFederation(broker);
    await broker.lifecycle.suspend(fireService, id);
    await broker.lifecycle.suspend(OPERATOR, id);
    expect((await refusalOf(broker.lifecycle.resume(fireService, id))).code).toBe('forbidden');
    expect((await broker.lifecycle.resume(OPERATOR, id)).state).toBe('ACTIVE');
  });

  it('is not for other members, nor for a federation that is still forming', async () => {
    const { id } = await anActiveFederation(broker);
    expect((await refusalOf(broker.lifecycle.suspend(city, id))).code).toBe('forbidden');
    const draft = await broker.federations.create(fireService, { purpose, initiator: await aTwin(broker, 'fire') });
    const refusal = await refusalOf(broker.lifecycle.suspend(fireService, draft.id));
    expect(refusal).toMatchObject({
      code: 'state-conflict',
      extensions: { from: 'DRAFT', event: 'suspend', allowed: ['form', 'dissolve'] },
    });
  });
});

describe('dissolving a federation', () => {
  it('releases its connections, empties its circle and tells everybody, in one step', async () => {
    const traffic = await aTwin(broker, 'city', { access: 'private' });
    const fire = await aTwin(broker, 'fire', { access: 'private' });
    const id = aFederationId();
    const listed = await broker.get(TwinDirectory).find(traffic);
    expect(listed?.access).toBe('private');
    await broker.federations.create(fireService, { id, purpose, initiator: fire, access: 'listed' });
    await broker.members.join(city, id, { twin: traffic });
    await broker.members.admit(fireService, id, traffic);
    expect(await broker.get(TwinDirectory).isVisible(fireService, traffic)).toBe(true);
    const connection = await aConnection(broker, { id, fire, traffic });
    const before = broker.told.length;
    expect((await broker.federations.dissolve(fireService, id)).state).toBe('DISSOLVED');
    expect(await broker.get(TwinDirectory).isVisible(fireService, traffic)).toBe(false);
    expect(await broker.connections.read(city, connection)).toMatchObject({
      state: 'RELEASED',
      reason: `the federation ${id} was dissolved`,
    });
    expect((await statesTold(broker, 'federation.changed', id)).slice(-2)).toEqual(['DISSOLVING', 'DISSOLVED']);
    expect(broker.told.slice(before)).toMatchObject([
      { from: fire, to: traffic, action: 'DISCONNECT', object: { type: 'connection', id: connection } },
      { from: fire, to: traffic, action: 'DISCONNECT', object: { type: 'federation', id } },
    ]);
    expect((await broker.federations.dissolve(fireService, id)).state).toBe('DISSOLVED');
    expect((await refusalOf(broker.members.leave(city, id, traffic))).code).toBe('state-conflict');
  });
});
