import { ConnectionDirectory } from '../../src/federation/connection-directory.js';
import { FederationStatusService } from '../../src/federation/federation-status.service.js';
import { TwinService } from '../../src/registry/twin.service.js';
import {
  aConnection,
  aConnectionId,
  anActiveFederation,
  aRequest,
  aTwin,
  refusalOf,
  someFederations,
  type TestFederations,
} from './federation-fixture.js';
import { OPERATOR, organization } from './registry-fixture.js';

const fireService = organization('fire');
const city = organization('city');
const stranger = organization('stranger');

let broker: TestFederations;

beforeAll(async () => {
  broker = await someFederations();
});
afterAll(() => broker.close());

describe('the directory of connections', () => {
  it('knows of every change at once', async () => {
    const federation = await anActiveFederation(broker);
    const { fire, traffic } = federation;
    const directory = broker.get(ConnectionDirectory);
    expect(await directory.between(fire, traffic)).toEqual([]);
    const id = await aRequest(broker, federation);
    expect(await directory.find(id)).toMatchObject({ id, state: 'REQUESTED', planVersion: 0, federationId: federation.id });
    await broker.connections.accept(city, id);
    expect(await directory.find(id)).toMatchObject({ state: 'CONNECTED', planVersion: 1, features: [{ twin: traffic, name: 'flow' }, {}] });
    const second = await aConnection(broker, federation);
    expect((await directory.between(traffic, fire)).map((connection) => connection.id)).toEqual([id, second]);
    await broker.connections.release(fireService, id);
    expect(await directory.find(id)).toBeUndefined();
    expect((await directory.between(fire, traffic)).map((connection) => connection.id)).toEqual([second]);
  });

  it('keeps no load that was overtaken by a change', async () => {
    const federation = await anActiveFederation(broker);
    const id = await aRequest(broker, federation);
    const directory = broker.get(ConnectionDirectory);
    for (let round = 0; round < 10; round += 1) {
      const next = aConnectionId();
      const reads = Array.from({ length: 5 }, () => directory.between(federation.fire, federation.traffic));
      await aConnection(broker, federation, next);
      await Promise.all(reads);
      const known = await directory.between(federation.fire, federation.traffic);
      expect(known.find((connection) => connection.id === next)?.state).toBe('CONNECTED');
    }
    expect((await directory.find(id))?.state).toBe('REQUESTED');
  });
});

describe('listing and status', () => {
  it('shows each organization its own, page by page, with filters', async () => {
    const [mine, theirs] = [organization('list-a'), organization('list-b')];
    const [one, two] = [await aTwin(broker, 'list-a'), await aTwin(broker, 'list-b')];
    const federation = await broker.federations.create(mine, { purpose: 'List', initiator: one, invitations: [{ twin: two }] });
    await broker.members.join(theirs, federation.id, { twin: two });
    const expected: string[] = [];
    for (let index = 0; index < 5; index += 1) {
      const [requester, responder, principal] = index % 2 === 0 ? [one, two, mine] : [two, one, theirs];
      const id = aConnectionId();
      await broker.connections.request(principal, {
        id,
        federationId: federation.id,
        requester,
        responder,
        features: [{ twin: two, name: 'flow' }],
      });
      expected.push(id);
    }
    for (const query of [{}, { twin: two }, { federationId: federation.id }, { twin: one, state: 'REQUESTED' as const }]) {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await broker.connections.list(mine, { ...query, limit: 2, cursor });
        seen.push(...page.items.map(({ id }) => id));
        cursor = page.next;
      } while (cursor !== undefined);
      expect(seen).toEqual(expected);
    }
    expect((await broker.connections.list(stranger, { twin: two })).items).toEqual([]);
    expect((await broker.connections.list(OPERATOR, { federationId: federation.id })).items).toHaveLength(5);
    expect((await broker.connections.list(mine, { twin: two, state: 'CONNECTED' })).items).toEqual([]);
  });

  it('tells how a federation and a connection stand', async () => {
    const federation = await anActiveFederation(broker);
    const id = await aConnection(broker, federation);
    await broker.connections.reject(city, await aRequest(broker, federation));
    await broker.get(TwinService).renew(city, federation.traffic, 60);
    const statuses = broker.get(FederationStatusService);
    const status = await statuses.federation(city, federation.id);
    expect(status).toMatchObject({
      id: federation.id,
      state: 'ACTIVE',
      connections: { CONNECTED: 1, REJECTED: 1, REQUESTED: 0, RELEASED: 0 },
    });
    expect(status.members.map(({ twin, state, registration }) => [twin, state, registration])).toEqual(
      [federation.fire, federation.traffic].sort().map((twin) => [twin, 'JOINED', 'ACTIVE']),
    );
    expect(await statuses.connection(city, id)).toMatchObject({ id, state: 'CONNECTED' });
    expect((await refusalOf(statuses.connection(stranger, id))).code).toBe('not-found');
  });
});
