import { ConnectionExpiry } from '../../src/federation/connection-expiry.js';
import type { ConnectionId } from '../../src/kernel/ids.js';
import {
  aConnection,
  aConnectionId,
  anActiveFederation,
  aRequest,
  aTwin,
  refusalOf,
  someFederations,
  statesTold,
  type TestFederation,
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

function contentOf({ id, fire, traffic }: TestFederation) {
  return { federationId: id, requester: fire, responder: traffic, features: [{ twin: traffic, name: 'flow' }] };
}

/** Lets the time of a request be over. */
async function runOut(id: ConnectionId): Promise<void> {
  await broker.database.query(`UPDATE connection SET expires_at = clock_timestamp() - interval '1 second' WHERE id = $1`, [id]);
}

describe('requesting a connection', () => {
  it('stands with its features as they are, waits for a day, and is told to the responder', async () => {
    const federation = await anActiveFederation(broker);
    const { fire, traffic } = federation;
    const start = broker.told.length;
    const id = await aRequest(broker, federation);
    const connection = await broker.connections.read(city, id);
    expect(connection).toMatchObject({ state: 'REQUESTED', planVersion: 0, plan: null, incarnation: 1 });
    expect(connection.features).toMatchObject([
      { twin: traffic, kind: 'data', name: 'flow', version: '1.0.0', schema: { type: 'number' } },
      { twin: traffic, kind: 'function', name: 'close', version: '1.0.0' },
    ]);
    expect(Math.round((connection.expiresAt.getTime() - connection.createdAt.getTime()) / 60_000)).toBe(24 * 60);
    expect(broker.told.slice(start)).toMatchObject([{ from: fire, to: traffic, action: 'CONNECT', object: { type: 'connection', id } }]);
  });

  it('is refused for features that are not there, and for a twin with itself', async () => {
    const federation = await anActiveFederation(broker);
    const { fire, traffic } = federation;
    const content = { ...contentOf(federation), features: [{ twin: traffic, name: 'flow' }, { twin: fire, name: 'nothing' }] }; // prettier-ignore
    expect(await refusalOf(broker.connections.request(fireService, content))).toMatchObject({
      code: 'validation-failed',
      pointer: '/features/1/name',
    });
    const self = await refusalOf(broker.connections.request(fireService, { ...contentOf(federation), responder: fire }));
    expect(self).toMatchObject({ code: 'validation-failed', pointer: '/responder' });
  });

  it('is for members of a working federation alone', async () => {
    const federation = await anActiveFederation(broker);
    const outside = await aTwin(broker, 'city');
    const refusal = await refusalOf(
      broker.connections.request(fireService, {
        ...contentOf(federation),
        responder: outside,
        features: [{ twin: outside, name: 'flow' }],
      }),
    );
    expect(refusal).toMatchObject({ code: 'state-conflict', pointer: '/responder' });
    const unseen = await refusalOf(
      broker.connections.request(stranger, { ...contentOf(federation), requester: await aTwin(broker, 'stranger') }),
    );
    expect(unseen).toMatchObject({ code: 'not-found', pointer: '/federationId' });
    await broker.lifecycle.suspend(fireService, federation.id);
    expect(await refusalOf(broker.connections.request(fireService, contentOf(federation)))).toMatchObject({
      code: 'state-conflict',
      extensions: { from: 'SUSPENDED', allowed: ['ACTIVE', 'DEGRADED'] },
    });
  });

  it('is for those who act for the requester, and points at a twin that is not visible', async () => {
    const federation = await anActiveFederation(broker);
    expect((await refusalOf(broker.connections.request(city, contentOf(federation)))).code).toBe('forbidden');
    const hidden = await aTwin(broker, 'stranger', { access: 'private' });
    expect(await refusalOf(broker.connections.request(fireService, { ...contentOf(federation), responder: hidden }))).toMatchObject({
      code: 'not-found',
      pointer: '/responder',
    });
  });

  it('happens once when many ask for the same id at once', async () => {
    const federation = await anActiveFederation(broker);
    const content = { id: aConnectionId(), ...contentOf(federation) };
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => broker.connections.request(fireService, content)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'already-exists' });
    }
  });

  it('changes nothing by PUT while it is open with the same content, and refuses another', async () => {
    const federation = await anActiveFederation(broker);
    const id = aConnectionId();
    const content = contentOf(federation);
    expect((await broker.connections.replace(fireService, id, content)).change).toBe('created');
    expect((await broker.connections.replace(fireService, id, { ...content, expiresInSeconds: 60 })).change).toBe('unchanged');
    await broker.connections.accept(city, id);
    expect(await broker.connections.replace(fireService, id, content)).toMatchObject({
      change: 'unchanged',
      connection: { state: 'CONNECTED' },
    });
    const other = { ...content, features: [{ twin: federation.traffic, name: 'close' }] };
    expect((await refusalOf(broker.connections.replace(fireService, id, other))).code).toBe('state-conflict');
    await broker.connections.release(fireService, id);
    expect(await broker.connections.replace(fireService, id, other)).toMatchObject({
      change: 'created',
      connection: { state: 'REQUESTED', incarnation: 2, plan: null, planVersion: 0, reason: null },
    });
  });

  it('keeps an ended id for the organization that had it', async () => {
    const federation = await anActiveFederation(broker, { access: 'listed' });
    const id = await aRequest(broker, federation);
    await broker.connections.reject(city, id);
    const content = { ...contentOf(federation), requester: federation.traffic, responder: federation.fire };
    expect((await refusalOf(broker.connections.request(city, { id, ...content }))).code).toBe('already-exists');
    expect((await refusalOf(broker.connections.replace(city, id, content))).code).toBe('already-exists');
  });
});

describe('answering a request', () => {
  it('connects with a plan without steps, and changes nothing when repeated', async () => {
    const federation = await anActiveFederation(broker);
    const { fire, traffic } = federation;
    const id = await aRequest(broker, federation);
    const start = broker.told.length;
    const { connection, change } = await broker.connections.accept(twinOf('city', traffic), id, 'as agreed');
    expect(change).toBe('changed');
    expect(connection).toMatchObject({
      state: 'CONNECTED',
      reason: 'as agreed',
      planVersion: 1,
      plan: {
        version: 1,
        features: [
          { twin: traffic, peer: fire, name: 'flow' },
          { twin: traffic, peer: fire, name: 'close' },
        ],
      },
    });
    expect((await broker.connections.accept(city, id)).change).toBe('unchanged');
    expect(await statesTold(broker, 'connection.changed', id)).toEqual(['REQUESTED', 'NEGOTIATING', 'CONNECTED']);
    expect(broker.told.slice(start)).toMatchObject([{ from: traffic, to: fire, action: 'ACCEPT' }]);
    expect((await refusalOf(broker.connections.reject(city, id))).code).toBe('state-conflict');
  });

  it('is the responder’s: the requester is forbidden to, and to strangers there is nothing', async () => {
    const federation = await anActiveFederation(broker);
    const id = await aRequest(broker, federation);
    const refusal = await refusalOf(broker.connections.accept(fireService, id));
    expect(refusal.code).toBe('forbidden');
    expect(refusal.detail).toContain(federation.traffic);
    expect((await refusalOf(broker.connections.reject(OPERATOR, id))).code).toBe('forbidden');
    expect((await refusalOf(broker.connections.accept(stranger, id))).code).toBe('not-found');
    expect((await refusalOf(broker.connections.read(stranger, id))).code).toBe('not-found');
    expect((await broker.connections.read(OPERATOR, id)).id).toBe(id);
  });

  it('rejects with a reason, told to the requester', async () => {
    const federation = await anActiveFederation(broker);
    const id = await aRequest(broker, federation);
    const start = broker.told.length;
    expect((await broker.connections.reject(city, id, 'closed')).connection).toMatchObject({ state: 'REJECTED', reason: 'closed' });
    expect((await broker.connections.reject(city, id)).change).toBe('unchanged');
    expect(broker.told.slice(start)).toMatchObject([{ from: federation.traffic, to: federation.fire, action: 'REJECT' }]);
    expect(await refusalOf(broker.connections.accept(city, id))).toMatchObject({
      code: 'state-conflict',
      extensions: { from: 'REJECTED', event: 'accept', allowed: [] },
    });
  });

  it('comes too late once the request has run out, swept or not', async () => {
    const federation = await anActiveFederation(broker);
    const [id, other] = [await aRequest(broker, federation), await aRequest(broker, federation)];
    await runOut(id);
    expect((await refusalOf(broker.connections.accept(city, id))).code).toBe('expired');
    expect((await refusalOf(broker.connections.reject(city, id))).code).toBe('expired');
    const second = await broker.another();
    try {
      await runOut(other);
      const swept = await Promise.all([broker.get(ConnectionExpiry).sweep(), second.get(ConnectionExpiry).sweep()]);
      expect(swept[0] + swept[1]).toBe(2);
    } finally {
      await second.close();
    }
    expect((await broker.connections.read(city, id)).state).toBe('EXPIRED');
    expect(await statesTold(broker, 'connection.changed', other)).toEqual(['REQUESTED', 'EXPIRED']);
  });

  it('may be asked for anew at once when it has run out, before the sweep', async () => {
    const federation = await anActiveFederation(broker);
    const id = aConnectionId();
    await broker.connections.replace(fireService, id, contentOf(federation));
    await runOut(id);
    expect((await broker.connections.replace(fireService, id, contentOf(federation))).change).toBe('created');
    expect(await statesTold(broker, 'connection.changed', id)).toEqual(['REQUESTED', 'EXPIRED', 'REQUESTED']);
  });
});

describe('releasing a connection', () => {
  it('is for either side, told to the other, and can be repeated', async () => {
    const federation = await anActiveFederation(broker);
    const { fire, traffic } = federation;
    for (const [principal, by, to] of [
      [fireService, fire, traffic],
      [city, traffic, fire],
    ] as const) {
      // prettier-ignore
      const id = await aConnection(broker, federation);
      const start = broker.told.length;
      expect((await broker.connections.release(principal, id, 'done')).connection).toMatchObject({ state: 'RELEASED', reason: 'done' });
      expect((await broker.connections.release(principal, id)).change).toBe('unchanged');
      expect(broker.told.slice(start)).toMatchObject([{ from: by, to, action: 'DISCONNECT', object: { type: 'connection', id } }]);
    }
  });

  it('is not for others, and leaves what ended otherwise as it is', async () => {
    const federation = await anActiveFederation(broker);
    const id = await aRequest(broker, federation);
    expect((await refusalOf(broker.connections.release(OPERATOR, id))).code).toBe('forbidden');
    expect((await refusalOf(broker.connections.release(stranger, id))).code).toBe('not-found');
    await broker.connections.reject(city, id);
    expect(await broker.connections.release(fireService, id)).toMatchObject({ change: 'unchanged', connection: { state: 'REJECTED' } });
  });
});
