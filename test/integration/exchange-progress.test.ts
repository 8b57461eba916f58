import { MessageIntakeService } from '../../src/exchange/message/message-intake.service.js';
import { DeadlineWatch } from '../../src/exchange/request/deadline-watch.js';
import { LastValueService } from '../../src/exchange/value/last-value.service.js';
import { ConnectionService } from '../../src/federation/connection.service.js';
import { parseConnectionId, type TwinId } from '../../src/kernel/ids.js';
import type { Envelope } from '../../src/vocabulary/envelope.js';
import { CITY, invoke, notify, provide, respond, TestCity } from './exchange-fixture.js';

interface Wire {
  header: Record<string, unknown> & { messageId: string };
  data: Record<string, unknown>;
}

const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const REFERENCE = { uri: 'https://files.example.org/a', digest: `sha-256:${'0'.repeat(64)}`, size: 5 };

describe('what a message carries beside its payload', () => {
  let city: TestCity;
  let asker: TwinId;
  let asked: TwinId;
  let connection: string;

  beforeAll(async () => {
    city = await TestCity.build(2, { brokerId: 'urn:test:this-broker' });
  });

  beforeEach(async () => {
    asker = await city.aTwin('asker');
    asked = await city.aTwin('asked');
    [connection = ''] = await city.connect(asker, asked);
  });

  afterAll(async () => {
    await city.close();
  });

  const wire = (message: object): Wire => structuredClone(message) as Wire;

  function progress(request: object, changes: object = {}, from = asked): object {
    const message = wire(respond(from, asker, wire(request).header.messageId, { ...changes, messageType: undefined }));
    return {
      header: { ...message.header, messageType: 'NOTIFICATION', ...changes },
      data: { action: 'NOTIFY', object: { type: 'function', id: 'closeRoad' }, payload: { percent: 40 } },
    };
  }

  async function received(twin: TwinId, broker = city.broker()): Promise<Envelope[]> {
    const { deliveries } = await broker.claim(twin, { waitMs: 2_000 });
    return deliveries.map(({ candidate }) => JSON.parse(candidate.envelope) as Envelope);
  }

  describe('progress of an INVOKE', () => {
    it('comes to the requester before the answer, through another broker, and settles nothing', async () => {
      const request = invoke(asker, asked);
      await city.broker().send(request);
      expect((await city.broker().claim(asked)).deliveries).toHaveLength(1);
      await city.broker(1).send(progress(request));
      await city.broker(1).send(respond(asked, asker, wire(request).header.messageId));
      const messages = await received(asker);
      expect(messages.map(({ header, data }) => [header.messageType, data.action, header.correlationId])).toEqual([
        ['NOTIFICATION', 'NOTIFY', wire(request).header.messageId],
        ['RESPONSE', 'INVOKE', wire(request).header.messageId],
      ]);
    });

    it('is taken only from the twin that was asked, about what it was asked', async () => {
      const request = invoke(asker, asked);
      await city.broker().send(request);
      const stranger = await city.aTwin('stranger');
      await expect(city.broker().send(progress(request, {}, stranger))).rejects.toMatchObject({ code: 'not-found' });
      await expect(city.broker().send(progress(request, { correlationId: 'another' }))).rejects.toMatchObject({ code: 'not-found' });
      await expect(city.broker().send(progress(request, { correlationId: undefined }))).rejects.toMatchObject({
        code: 'validation-failed',
        pointer: '/header/correlationId',
      });
      await expect(city.broker().send(progress(request, { receiver: undefined }))).rejects.toMatchObject({ code: 'validation-failed' });
      const other = wire(progress(request));
      other.data['object'] = { type: 'function', id: 'openRoad' };
      await expect(city.broker().send(other)).rejects.toMatchObject({ code: 'state-conflict', pointer: '/data/object/id' });
    });

    it('is refused once the REQUEST has its answer, or its time is over', async () => {
      const answered = invoke(asker, asked);
      await city.broker().send(answered);
      await city.broker().send(respond(asked, asker, wire(answered).header.messageId));
      await expect(city.broker(1).send(progress(answered))).rejects.toMatchObject({ code: 'already-answered' });
      const overdue = invoke(asker, asked, { ttlMs: 1 });
      await city.broker().send(overdue);
      await city.broker().get(DeadlineWatch).look();
      await expect(city.broker(1).send(progress(overdue))).rejects.toMatchObject({ code: 'already-answered' });
    });

    it('is refused when the connection is gone', async () => {
      const request = invoke(asker, asked);
      await city.broker().send(request);
      await city.broker().get(ConnectionService).release(CITY, parseConnectionId(connection));
      await expect(city.broker().send(progress(request))).rejects.toMatchObject({ code: 'state-conflict' });
    });
  });

  it('names this broker in via, and refuses what has passed it before', async () => {
    await city.broker().send(provide(asker, asked, 1, { via: ['urn:test:another-broker'] }));
    expect((await received(asked))[0]?.header.via).toEqual(['urn:test:another-broker', 'urn:test:this-broker']);
    await expect(city.broker().send(provide(asker, asked, 2, { via: ['urn:test:this-broker'] }))).rejects.toMatchObject({
      code: 'loop-detected',
      pointer: '/header/via',
    });
    await expect(city.broker().send(provide(asker, asked, 2, { hopLimit: 0 }))).rejects.toMatchObject({ code: 'hops-exceeded' });
  });

  it('carries the trace of the request that brought a message, unless the message names its own, into the answer', async () => {
    const intake = city.broker().get(MessageIntakeService);
    const own = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00`;
    for (const header of [{ ttlMs: 1 }, { ttlMs: 1, traceparent: own }]) {
      const { receipt } = await intake.submit(CITY, JSON.stringify(invoke(asker, asked, header)), 0, undefined, TRACE);
      expect(receipt.traceparent).toBe('traceparent' in header ? own : TRACE);
    }
    await city.broker().get(DeadlineWatch).look();
    expect((await received(asker)).map(({ header }) => header.traceparent).toSorted()).toEqual([TRACE, own]);
    await expect(
      city.broker().send(provide(asker, asked, 1, { traceparent: `00-${'0'.repeat(32)}-${'b'.repeat(16)}-00` })),
    ).rejects.toMatchObject({ code: 'validation-failed', pointer: '/header/traceparent' });
  });

  it('tells others who hear of a change which message caused it', async () => {
    const request = wire(invoke(asker, asked, { traceparent: TRACE }));
    request.header['receiver'] = { id: 'urn:twinfed:adaptor', role: 'ADAPTOR' };
    request.data = { action: 'DISCONNECT', object: { type: 'connection', id: connection } };
    await city.broker().send(request);
    const [news] = await received(asked);
    expect(news).toMatchObject({
      header: { messageType: 'REQUEST', causationId: request.header.messageId, traceparent: TRACE },
      data: { action: 'DISCONNECT' },
    });
  });

  it('takes a payload by reference without holding it against the schema, and says so', async () => {
    const provided = wire(provide(asker, asked, 1));
    provided.data = { action: 'PROVIDE', object: { type: 'data', id: 'flow' }, payloadRef: REFERENCE };
    expect(await city.broker().send(provided)).toMatchObject({ payloadChecked: false });
    expect((await received(asked))[0]?.data).toMatchObject({ payloadRef: REFERENCE });
    const past = structuredClone(provided);
    past.header.messageId = 'another';
    past.data['payloadRef'] = { ...REFERENCE, expiresAt: '2020-01-01T00:00:00Z' };
    await expect(city.broker().send(past)).rejects.toMatchObject({ code: 'expired', pointer: '/data/payloadRef/expiresAt' });
    const both = structuredClone(provided);
    both.data['payload'] = { n: 1 };
    await expect(city.broker().send(both)).rejects.toMatchObject({ code: 'validation-failed', pointer: '/data/payloadRef' });
    const published = wire(notify(asker, 1));
    published.data = { action: 'NOTIFY', object: { type: 'data', id: 'flow' }, payloadRef: REFERENCE };
    await city.broker().send(published);
    expect(await city.broker().get(LastValueService).read(CITY, asker, 'flow')).toMatchObject({ value: 'null', valueRef: REFERENCE });
  });
});
