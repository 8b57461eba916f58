import { TwinDirectory } from '../../src/registry/twin-directory.js';
import {
  aConnection,
  aFederationId,
  anActiveFederation,
  aTwin,
  refusalOf,
  someFederations,
  type TestFederations,
} from './federation-fixture.js';
import { OPERATOR, organization, twinOf } from './registry-fixture.js';

const fireService = organization('fire');
const city = organization('city');
const stranger = organization('stranger');
const purpose = 'Clear the way';

let broker: TestFederations;

beforeAll(async () => {
  broker = await someFederations();
});
afterAll(() => broker.close());

/** What was told since, shortly. */
function toldSince(index: number): string[] {
  return broker.told.slice(index).map(({ from, to, action, object }) => `${from} ${action} ${object.type} ${to}`);
}

it('makes a member of who takes up an invitation, with the role it was given', async () => {
  const [fire, traffic, id] = [await aTwin(broker, 'fire'), await aTwin(broker, 'city'), aFederationId()];
  await broker.federations.create(fireService, { id, purpose, initiator: fire });
  const start = broker.told.length;
  expect((await broker.members.invite(fireService, id, { twin: traffic, role: 'observer' })).change).toBe('changed');
  expect((await broker.members.invite(fireService, id, { twin: traffic })).change).toBe('unchanged');
  expect((await broker.members.join(city, id, { twin: traffic, role: 'leader' })).member).toMatchObject({
    state: 'JOINED',
    role: 'observer',
  });
  expect((await broker.members.join(city, id, { twin: traffic })).change).toBe('unchanged');
  expect((await broker.members.invite(fireService, id, { twin: traffic })).change).toBe('unchanged');
  expect((await broker.members.admit(fireService, id, traffic)).change).toBe('unchanged');
  expect(toldSince(start)).toEqual([`${fire} CONNECT federation ${traffic}`, `${traffic} ACCEPT federation ${fire}`]);
});

it('lets twins see one another while both are members, though they are private', async () => {
  const fire = await aTwin(broker, 'fire', { access: 'private' });
  const traffic = await aTwin(broker, 'city');
  const { id } = await anActiveFederation(broker, { fire, traffic });
  expect(await broker.get(TwinDirectory).isVisible(city, fire)).toBe(true);
  await broker.members.leave(city, id, traffic);
  expect(await broker.get(TwinDirectory).isVisible(city, fire)).toBe(false);
});

it('lets twins ask to join a listed federation, which the initiator admits or refuses', async () => {
  const { id, fire } = await anActiveFederation(broker, { access: 'listed' });
  const [one, other] = [await aTwin(broker, 'stranger'), await aTwin(broker, 'stranger')];
  const start = broker.told.length;
  expect((await broker.members.join(stranger, id, { twin: one })).member.state).toBe('REQUESTED');
  expect((await broker.members.join(stranger, id, { twin: one })).change).toBe('unchanged');
  expect((await refusalOf(broker.members.admit(city, id, one))).code).toBe('forbidden');
  expect((await broker.members.admit(fireService, id, one)).member.state).toBe('JOINED');
  await broker.members.join(stranger, id, { twin: other });
  expect((await broker.members.leave(fireService, id, other)).state).toBe('DECLINED');
  expect(toldSince(start)).toEqual([
    `${one} CONNECT federation ${fire}`,
    `${fire} ACCEPT federation ${one}`,
    `${other} CONNECT federation ${fire}`,
    `${fire} REJECT federation ${other}`,
  ]);
});

it('takes an invitation that meets a request for a yes', async () => {
  const { id } = await anActiveFederation(broker, { access: 'listed' });
  const twin = await aTwin(broker, 'stranger');
  await broker.members.join(stranger, id, { twin });
  expect((await broker.members.invite(fireService, id, { twin })).member.state).toBe('JOINED');
});

it('needs an invitation to a private federation', async () => {
  const { id } = await anActiveFederation(broker);
  const [ours, theirs] = [await aTwin(broker, 'city'), await aTwin(broker, 'stranger')];
  expect((await refusalOf(broker.members.join(city, id, { twin: ours }))).code).toBe('forbidden');
  expect((await refusalOf(broker.members.join(stranger, id, { twin: theirs }))).code).toBe('not-found');
});

it('lets only the right side act, by name', async () => {
  const { id, traffic, fire } = await anActiveFederation(broker, { access: 'listed' });
  const twin = await aTwin(broker, 'stranger');
  const refusal = await refusalOf(broker.members.invite(city, id, { twin }));
  expect(refusal.code).toBe('forbidden');
  expect(refusal.detail).toContain(fire);
  expect((await refusalOf(broker.members.join(city, id, { twin }))).code).toBe('forbidden');
  for (const principal of [stranger, OPERATOR, twinOf('city', twin)]) {
    expect((await refusalOf(broker.members.leave(principal, id, traffic))).code).toBe('forbidden');
  }
  const hidden = await aTwin(broker, 'stranger', { access: 'private' });
  expect(await refusalOf(broker.members.invite(fireService, id, { twin: hidden }))).toMatchObject({ code: 'not-found', pointer: '/twin' });
  expect((await refusalOf(broker.members.leave(fireService, id, twin))).code).toBe('not-found');
  expect((await refusalOf(broker.members.leave(stranger, id, twin))).code).toBe('not-found');
});

it('keeps the initiator in until it hands over', async () => {
  const { id, fire } = await anActiveFederation(broker);
  expect((await refusalOf(broker.members.leave(fireService, id, fire))).code).toBe('state-conflict');
});

it('is DEGRADED once only the initiator is left, and ACTIVE with the next member', async () => {
  const { id, fire, traffic } = await anActiveFederation(broker);
  const start = broker.told.length;
  expect((await broker.members.leave(city, id, traffic)).state).toBe('LEFT');
  expect((await broker.federations.read(fireService, id)).state).toBe('DEGRADED');
  expect(toldSince(start)).toEqual([`${traffic} DISCONNECT federation ${fire}`]);
  const again = await refusalOf(broker.members.leave(city, id, traffic));
  expect(again.code).toBe('not-found');
  expect((await refusalOf(broker.members.leave(fireService, id, traffic))).code).toBe('state-conflict');
  await broker.members.invite(fireService, id, { twin: traffic });
  await broker.members.join(city, id, { twin: traffic });
  expect((await broker.federations.read(fireService, id)).state).toBe('ACTIVE');
});

it('tells a removal, a declined invitation and a withdrawn request apart', async () => {
  const { id, fire, traffic } = await anActiveFederation(broker, { access: 'listed' });
  const [invited, revoked, asking] = [await aTwin(broker, 'city'), await aTwin(broker, 'city'), await aTwin(broker, 'city')];
  await broker.members.invite(fireService, id, { twin: invited });
  await broker.members.invite(fireService, id, { twin: revoked });
  await broker.members.join(city, id, { twin: asking });
  const start = broker.told.length;
  expect((await broker.members.leave(city, id, invited)).state).toBe('DECLINED');
  expect((await broker.members.leave(fireService, id, revoked)).state).toBe('REMOVED');
  expect((await broker.members.leave(city, id, asking)).state).toBe('LEFT');
  expect((await broker.members.leave(fireService, id, traffic)).state).toBe('REMOVED');
  expect(toldSince(start)).toEqual([
    `${invited} REJECT federation ${fire}`,
    `${fire} DISCONNECT federation ${revoked}`,
    `${asking} DISCONNECT federation ${fire}`,
    `${fire} DISCONNECT federation ${traffic}`,
  ]);
});

it('releases the connections of who leaves in this federation, and no others', async () => {
  const federation = await anActiveFederation(broker);
  const elsewhere = await anActiveFederation(broker, { fire: federation.fire, traffic: federation.traffic });
  const [here, there] = [await aConnection(broker, federation), await aConnection(broker, elsewhere)];
  await broker.members.leave(city, federation.id, federation.traffic);
  expect((await broker.connections.read(city, here)).state).toBe('RELEASED');
  expect((await broker.connections.read(city, there)).state).toBe('CONNECTED');
});

it('takes no members once dissolved', async () => {
  const { id } = await anActiveFederation(broker);
  await broker.federations.dissolve(fireService, id);
  const twin = await aTwin(broker, 'city');
  expect((await refusalOf(broker.members.invite(fireService, id, { twin }))).code).toBe('state-conflict');
});

it('pages through the members', async () => {
  const { id } = await anActiveFederation(broker);
  for (let index = 0; index < 3; index += 1) await broker.members.invite(fireService, id, { twin: await aTwin(broker, 'city') });
  const first = await broker.members.list(fireService, id, { limit: 3 });
  const second = await broker.members.list(fireService, id, { limit: 3, cursor: first.next });
  expect([first.items.length, second.items.length, second.next]).toEqual([3, 2, undefined]);
  expect((await broker.members.list(fireService, id, { state: 'INVITED' })).items).toHaveLength(3);
});
