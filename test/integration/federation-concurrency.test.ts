import { FederationReactor } from '../../src/federation/federation-reactor.js';
import { DomainError } from '../../src/problems/domain-error.js';
import { TwinService } from '../../src/registry/twin.service.js';
import {
  aConnection,
  anActiveFederation,
  aRequest,
  aTwin,
  someFederations,
  type TestFederation,
  type TestFederations,
} from './federation-fixture.js';
import { organization } from './registry-fixture.js';

const fireService = organization('fire');
const city = organization('city');
const ROUNDS = 8;

let one: TestFederations;
let other: TestFederations;

beforeAll(async () => {
  one = await someFederations(8);
  other = await one.another();
});
afterAll(async () => {
  await other.close();
  await one.close();
});

/** Lets all run at once; what is refused must be refused for its state or absence, never by a deadlock or an unknown failure. */
async function race(...work: Promise<unknown>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(work)) {
    if (outcome.status === 'fulfilled') continue;
    expect(outcome.reason).toBeInstanceOf(DomainError);
    expect(['state-conflict', 'not-found']).toContain((outcome.reason as DomainError).code);
  }
}

/** What must never be seen: open connections in a dissolved federation, or of a twin that is no member. */
async function contradictions({ id }: TestFederation): Promise<unknown[]> {
  return one.database.query(
    `SELECT c.id, c.state, f.state AS federation FROM connection c JOIN federation f ON f.id = c.federation_id
      WHERE f.id = $1 AND c.state NOT IN ('REJECTED', 'EXPIRED', 'RELEASED')
        AND (f.state = 'DISSOLVED' OR (
          SELECT count(*) FROM federation_member m
           WHERE m.federation_id = f.id AND m.state = 'JOINED' AND m.twin IN (c.requester, c.responder)) < 2)`,
    [id],
  );
}

it('never leaves a connection open in a federation that was dissolved while it was accepted or requested', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const federation = await anActiveFederation(one);
    const requests = await Promise.all(Array.from({ length: 4 }, () => aRequest(one, federation)));
    await race(
      ...requests.map((id, index) => (index % 2 === 0 ? one : other).connections.accept(city, id)),
      one.federations.dissolve(fireService, federation.id),
      aRequest(other, federation),
    );
    expect((await one.federations.read(fireService, federation.id)).state).toBe('DISSOLVED');
    expect(await contradictions(federation)).toEqual([]);
  }
});

it('never leaves a connection open of a twin that left while it was accepted', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const federation = await anActiveFederation(one);
    const [id, standing] = [await aRequest(one, federation), await aConnection(one, federation)];
    await race(
      one.connections.accept(city, id),
      other.members.leave(city, federation.id, federation.traffic),
      one.connections.release(fireService, standing),
      aRequest(other, federation),
    );
    expect(await contradictions(federation)).toEqual([]);
  }
});

it('answers a request once when it is accepted, rejected and released at the same time', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const federation = await anActiveFederation(one);
    const id = await aRequest(one, federation);
    await race(one.connections.accept(city, id), other.connections.reject(city, id), other.connections.release(fireService, id));
    const rows = await one.database.query<{ state: string; previous: string | null }>(
      `SELECT data ->> 'state' AS state, data ->> 'previous' AS previous FROM domain_event
        WHERE kind = 'connection.changed' AND subject = $1 ORDER BY position`,
      [id],
    );
    // Every event goes on where the one before it ended.
    rows.forEach(({ previous }, index) => {
      expect(previous).toBe(rows[index - 1]?.state ?? null);
    });
    expect((await one.connections.read(city, id)).state).toBe(rows.at(-1)?.state);
  }
});

it('agrees in the end when a twin is deregistered while it joins and connects', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const traffic = await aTwin(one, 'city');
    const federation = await anActiveFederation(one);
    await one.members.invite(fireService, federation.id, { twin: traffic });
    await race(
      one.members.join(city, federation.id, { twin: traffic }),
      other.get(TwinService).deregister(city, traffic),
      aRequest(other, { ...federation, traffic }),
    );
    await Promise.all([one.get(FederationReactor).idle(), other.get(FederationReactor).idle()]);
    const [row] = await one.database.query<{ state: string; circles: number }>(
      `SELECT state, (SELECT count(*)::int FROM twin_circle WHERE twin_id = twin AND circle = federation_id) AS circles
         FROM federation_member WHERE federation_id = $1 AND twin = $2`,
      [federation.id, traffic],
    );
    expect(row).toEqual({ state: 'LEFT', circles: 0 });
    expect(await contradictions(federation)).toEqual([]);
  }
});

it('does many things at once in one federation without a deadlock', async () => {
  const federation = await anActiveFederation(one, { access: 'listed' });
  const guests = await Promise.all(Array.from({ length: 6 }, () => aTwin(one, 'city')));
  await race(
    ...guests.map((twin, index) => (index % 2 === 0 ? one : other).members.invite(fireService, federation.id, { twin })),
    ...guests.map((twin, index) => (index % 2 === 0 ? other : one).members.join(city, federation.id, { twin })),
    one.lifecycle.suspend(fireService, federation.id),
    other.lifecycle.resume(fireService, federation.id),
    other.members.leave(city, federation.id, federation.traffic),
  );
  await one.lifecycle.resume(fireService, federation.id).catch(() => undefined);
  const { items } = await one.members.list(fireService, federation.id);
  const joined = items.filter(({ state }) => state === 'JOINED').length;
  expect((await one.federations.read(fireService, federation.id)).state).toBe(joined > 1 ? 'ACTIVE' : 'DEGRADED');
});
