import { DomainEvents } from '../../src/database/domain-events.js';
import { FederationReactor } from '../../src/federation/federation-reactor.js';
import type { TwinId } from '../../src/kernel/ids.js';
import { parseDto } from '../../src/problems/dto-validation.js';
import { TwinProfileDto } from '../../src/registry/dto/twin-profile.dto.js';
import { LeaseSweeper } from '../../src/registry/lease/lease-sweeper.js';
import { TwinService } from '../../src/registry/twin.service.js';
import { TwinStatusService } from '../../src/registry/twin-status.service.js';
import {
  aConnection,
  anActiveFederation,
  aRequest,
  aTwin,
  refusalOf,
  someFederations,
  statesTold,
  type TestFederation,
  type TestFederations,
} from './federation-fixture.js';
import { OPERATOR, organization } from './registry-fixture.js';

const fireService = organization('fire');
const city = organization('city');

let broker: TestFederations;

beforeAll(async () => {
  broker = await someFederations();
});
afterAll(() => broker.close());

/** A federation whose member `traffic` has a lease. */
async function withLease(): Promise<TestFederation> {
  return anActiveFederation(broker, { traffic: await aTwin(broker, 'city', { lease: { ttlSeconds: 100 } }) });
}

/** Lets the lease have been due some seconds ago, and sweeps. */
async function miss(twin: TwinId): Promise<void> {
  await broker.database.query(
    `UPDATE twin_lease SET due_at = clock_timestamp() - interval '1 second',
            expires_at = clock_timestamp() - make_interval(secs => CASE status WHEN 'ACTIVE' THEN 26 ELSE 126 END) WHERE twin_id = $1`,
    [twin],
  );
  await broker.get(LeaseSweeper).sweep();
  await broker.get(FederationReactor).idle();
}

async function stands({ id }: TestFederation, connection: Parameters<TestFederations['connections']['read']>[1]): Promise<string[]> {
  const [federation, link] = [await broker.federations.read(OPERATOR, id), await broker.connections.read(OPERATOR, connection)];
  return [federation.state, link.state];
}

it('is DEGRADED by a stale member, LOSES the connection of an expired one, and recovers with its renewal', async () => {
  const federation = await withLease();
  const connection = await aConnection(broker, federation);
  await miss(federation.traffic);
  expect(await stands(federation, connection)).toEqual(['DEGRADED', 'CONNECTED']);
  await miss(federation.traffic);
  expect(await stands(federation, connection)).toEqual(['DEGRADED', 'LOST']);
  expect((await broker.connections.read(city, connection)).reason).toBe('the registration of a twin has expired');
  await broker.get(TwinService).renew(city, federation.traffic);
  await broker.get(FederationReactor).idle();
  expect(await stands(federation, connection)).toEqual(['ACTIVE', 'CONNECTED']);
});

it('suspends the connections of a suspended twin until it is resumed', async () => {
  const federation = await anActiveFederation(broker);
  const connection = await aConnection(broker, federation);
  await broker.get(TwinStatusService).suspend(OPERATOR, federation.traffic);
  await broker.get(FederationReactor).idle();
  expect(await stands(federation, connection)).toEqual(['DEGRADED', 'SUSPENDED']);
  await broker.lifecycle.suspend(fireService, federation.id);
  await broker.get(TwinStatusService).resume(OPERATOR, federation.traffic);
  await broker.get(FederationReactor).idle();
  expect(await stands(federation, connection)).toEqual(['SUSPENDED', 'SUSPENDED']);
  await broker.lifecycle.resume(fireService, federation.id);
  expect(await stands(federation, connection)).toEqual(['ACTIVE', 'CONNECTED']);
});

it('resumes DEGRADED while a member is not well, and a connection accepted meanwhile is suspended', async () => {
  const federation = await anActiveFederation(broker);
  const requested = await aRequest(broker, federation);
  await broker.get(TwinStatusService).suspend(OPERATOR, federation.traffic);
  await broker.get(FederationReactor).idle();
  await broker.lifecycle.suspend(fireService, federation.id);
  expect((await broker.lifecycle.resume(fireService, federation.id)).state).toBe('DEGRADED');
  expect((await broker.connections.accept(city, requested)).connection.state).toBe('SUSPENDED');
});

it('takes a deregistered twin out: memberships LEFT, invitations too, connections RELEASED', async () => {
  const federation = await anActiveFederation(broker);
  const { id, fire, traffic } = federation;
  const other = await anActiveFederation(broker, { fire });
  await broker.members.invite(fireService, other.id, { twin: traffic });
  const [connected, requested] = [await aConnection(broker, federation), await aRequest(broker, federation)];
  const start = broker.told.length;
  await broker.get(TwinService).deregister(city, traffic);
  await broker.get(FederationReactor).idle();
  expect(await stands(federation, connected)).toEqual(['DEGRADED', 'RELEASED']);
  expect(await stands(other, requested)).toEqual(['ACTIVE', 'RELEASED']);
  for (const federationId of [id, other.id]) {
    const { items } = await broker.members.list(fireService, federationId);
    expect(items.find(({ twin }) => twin === traffic)?.state).toBe('LEFT');
  }
  expect(broker.told.slice(start).map(({ from, to, action, object }) => `${from} ${action} ${object.type} ${to}`)).toEqual([
    `${traffic} DISCONNECT connection ${fire}`,
    `${traffic} DISCONNECT connection ${fire}`,
  ]);
});

it('does not take a twin that was registered anew for the one that left', async () => {
  const federation = await anActiveFederation(broker);
  const connection = await aConnection(broker, federation);
  const profile = parseDto(TwinProfileDto, { id: federation.traffic, name: 'Back', domain: 'traffic', access: 'listed' });
  await Promise.all([broker.get(TwinService).deregister(city, federation.traffic)]);
  await broker.get(TwinService).register(city, profile);
  await broker.get(FederationReactor).settleAll();
  expect(await stands(federation, connection)).toEqual(['DEGRADED', 'RELEASED']);
  await broker.members.invite(fireService, federation.id, { twin: federation.traffic });
  await broker.members.join(city, federation.id, { twin: federation.traffic });
  await broker.get(FederationReactor).settleAll();
  expect((await broker.federations.read(city, federation.id)).state).toBe('ACTIVE');
});

it('survives its initiator, which may come back, and whose organization may dissolve it', async () => {
  const federation = await anActiveFederation(broker);
  const { id, fire } = federation;
  await broker.get(TwinService).deregister(fireService, fire);
  await broker.get(FederationReactor).idle();
  expect((await broker.federations.read(fireService, id)).state).toBe('DEGRADED');
  await broker
    .get(TwinService)
    .register(fireService, parseDto(TwinProfileDto, { id: fire, name: 'Back', domain: 'fire', access: 'listed' }));
  expect((await broker.federations.read(fireService, id)).state).toBe('DEGRADED');
  expect((await broker.members.join(fireService, id, { twin: fire })).member).toMatchObject({ state: 'JOINED' });
  expect((await broker.federations.read(fireService, id)).state).toBe('ACTIVE');
  await broker.get(TwinService).deregister(fireService, fire);
  await broker.get(FederationReactor).idle();
  expect((await broker.federations.dissolve(fireService, id)).state).toBe('DISSOLVED');
});

it('happens once with several brokers, each of which hears of it', async () => {
  const second = await broker.another();
  try {
    const federation = await withLease();
    const connection = await aConnection(broker, federation);
    const start = [broker.told.length, second.told.length] as const;
    await Promise.all([
      broker.get(TwinService).deregister(city, federation.traffic),
      second.get(FederationReactor).settleAll(),
      broker.get(FederationReactor).settleAll(),
    ]);
    await second.get(DomainEvents).readNew();
    await Promise.all([broker.get(FederationReactor).settleAll(), second.get(FederationReactor).settleAll()]);
    await Promise.all([broker.get(FederationReactor).idle(), second.get(FederationReactor).idle()]);
    expect(await statesTold(broker, 'member.changed', federation.id)).toEqual(['JOINED', 'INVITED', 'JOINED', 'LEFT']);
    expect(await statesTold(broker, 'connection.changed', connection)).toEqual(['REQUESTED', 'NEGOTIATING', 'CONNECTED', 'RELEASED']);
    const told = [...broker.told.slice(start[0]), ...second.told.slice(start[1])].filter(({ object }) => object.id === connection);
    expect(told).toHaveLength(1);
  } finally {
    await second.close();
  }
});

it('catches up on what no broker heard', async () => {
  const federation = await anActiveFederation(broker);
  const connection = await aConnection(broker, federation);
  await broker.database.query(`UPDATE twin_lease SET status = 'SUSPENDED', due_at = NULL WHERE twin_id = $1`, [federation.traffic]);
  await broker.get(FederationReactor).settleAll();
  expect(await stands(federation, connection)).toEqual(['DEGRADED', 'SUSPENDED']);
});

it('refuses to let in a twin that is not registered', async () => {
  const { id } = await anActiveFederation(broker);
  const gone = await aTwin(broker, 'city');
  await broker.members.invite(fireService, id, { twin: gone });
  await broker.get(TwinService).deregister(city, gone);
  expect(await refusalOf(broker.members.join(city, id, { twin: gone }))).toMatchObject({ code: 'not-found', pointer: '/twin' });
});
