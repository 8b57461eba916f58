import { randomUUID } from 'node:crypto';
import { EventConsumers } from '../../src/database/event-consumers.js';
import { VocabularyService } from '../../src/dictionary/term/vocabulary.service.js';
import { MessageIntakeService } from '../../src/exchange/message/message-intake.service.js';
import type { TwinId } from '../../src/kernel/ids.js';
import { FederationReactor } from '../../src/federation/federation-reactor.js';
import { FederationService } from '../../src/federation/federation.service.js';
import { SubscriptionService } from '../../src/exchange/subscription/subscription.service.js';
import { TwinStatusService } from '../../src/registry/twin-status.service.js';
import type { Principal } from '../../src/security/principal.js';
import { CITY, invoke, notify, numbers, TestCity } from './exchange-fixture.js';

const OPERATOR: Principal = { kind: 'operator', subject: 'operator' };

interface Answer {
  header: { correlationId: string };
  data: { status: { code: string }; payload: Record<string, unknown> };
}

describe('orchestration by messages', () => {
  let city: TestCity;
  let fire: TwinId;
  let traffic: TwinId;

  beforeAll(async () => {
    city = await TestCity.build(1);
  });

  beforeEach(async () => {
    fire = await city.aTwin('fire');
    traffic = await city.aTwin('traffic');
  });

  afterAll(async () => {
    await city.close();
  });

  /** Sends a REQUEST and gives its RESPONSE. */
  async function ask(
    sender: TwinId,
    receiver: { id: string; role: string },
    action: string,
    object: object,
    payload?: unknown,
    parameters?: object,
  ): Promise<Answer> {
    const message = {
      header: { version: '1.0', messageType: 'REQUEST', sender: { id: sender, role: 'DT' }, receiver },
      data: { action, object, ...(payload === undefined ? {} : { payload }), ...(parameters === undefined ? {} : { parameters }) },
    };
    const { response } = await city.broker().get(MessageIntakeService).submit(CITY, JSON.stringify(message), 10_000);
    return JSON.parse(response ?? 'null') as Answer;
  }

  const twin = (id: string): { id: string; role: string } => ({ id, role: 'DT' });
  const REGISTRY = { id: 'urn:twinfed:registry', role: 'REGISTRY' };
  const ADAPTOR = { id: 'urn:twinfed:adaptor', role: 'ADAPTOR' };

  /** What waits in an inbox, as `ACTION object`; it is left there under its lease. */
  async function heard(by: TwinId): Promise<string[]> {
    const { deliveries } = await city.broker().claim(by);
    return deliveries
      .map(
        ({ candidate }) =>
          JSON.parse(candidate.envelope) as {
            header: { messageType: string };
            data: { action: string; object: { type: string; id?: string } };
          },
      )
      .filter(({ header }) => header.messageType !== 'RESPONSE')
      .map(({ data }) => `${data.action} ${data.object.type}${data.object.id === undefined ? ' without id' : ''}`);
  }

  it('goes the whole way of Y.4489: discover, federate, connect, subscribe, invoke, release', async () => {
    const found = await ask(
      fire,
      REGISTRY,
      'DISCOVER',
      { type: 'digitalTwin' },
      { domain: 'traffic', features: [{ kind: 'function', name: 'closeRoad' }] },
    );
    expect(found.data.status.code).toBe('OK');
    expect((found.data.payload['items'] as { id: string }[]).map(({ id }) => id)).toContain(traffic);

    const federationId = `urn:test:federation:${randomUUID()}`;
    const formed = await ask(fire, ADAPTOR, 'REGISTER', { type: 'federation', id: federationId }, { purpose: 'put out the fire' });
    expect(formed.data).toMatchObject({ status: { code: 'CREATED' }, payload: { id: federationId, initiator: fire, state: 'DRAFT' } });
    await ask(fire, twin(traffic), 'CONNECT', { type: 'federation', id: federationId });
    const joined = await ask(traffic, twin(fire), 'ACCEPT', { type: 'federation', id: federationId });
    expect(joined.data.payload).toMatchObject({ state: 'JOINED' });

    const features = ['flow', 'closeRoad'].map((name) => ({ twin: traffic, name }));
    const requested = await ask(fire, twin(traffic), 'CONNECT', { type: 'connection' }, { federationId, features });
    expect(requested.data).toMatchObject({ status: { code: 'ACCEPTED' }, payload: { state: 'REQUESTED' } });
    const connection = { type: 'connection', id: requested.data.payload['id'] };
    expect((await ask(traffic, twin(fire), 'ACCEPT', connection)).data.payload).toMatchObject({ state: 'CONNECTED' });
    expect(await heard(traffic)).toEqual(['CONNECT federation', 'CONNECT connection']);
    expect(await heard(fire)).toEqual(['ACCEPT federation', 'ACCEPT connection']);

    expect((await ask(fire, twin(traffic), 'SUBSCRIBE', { type: 'data', id: 'flow' })).data.status.code).toBe('CREATED');
    await city.broker().send(notify(traffic, 17));
    expect(numbers(await city.broker().claim(fire, { waitMs: 5_000 }))).toContain(17);
    await expect(city.broker().send(invoke(fire, traffic))).resolves.toMatchObject({ repeated: false });

    expect((await ask(fire, twin(traffic), 'DISCONNECT', connection)).data.payload).toMatchObject({ state: 'RELEASED' });
    await expect(city.broker().send(invoke(fire, traffic))).rejects.toMatchObject({ code: 'state-conflict' });
    expect((await ask(fire, ADAPTOR, 'DEREGISTER', { type: 'federation', id: federationId })).data.payload).toMatchObject({
      state: 'DISSOLVED',
    });
  });

  it('requests a connection with what is to be said of its adaptation, and points at what is wrong with that', async () => {
    const federationId = `urn:test:federation:${randomUUID()}`;
    await ask(fire, ADAPTOR, 'REGISTER', { type: 'federation', id: federationId }, { purpose: 'put out the fire' });
    await ask(fire, twin(traffic), 'CONNECT', { type: 'federation', id: federationId });
    await ask(traffic, twin(fire), 'ACCEPT', { type: 'federation', id: federationId });
    const asks = (expression: string) => {
      const scripts = [{ twin: traffic, feature: 'flow', purpose: 'data', expression }];
      const payload = { federationId, features: [{ twin: traffic, name: 'flow' }], adaptation: { scripts } };
      return ask(fire, twin(traffic), 'CONNECT', { type: 'connection' }, payload);
    };
    const refused = await asks('{{').catch((error: unknown) => error);
    expect(JSON.stringify(refused)).toContain('/data/payload/adaptation/scripts/0/expression');
    const { status, payload } = (await asks('{"vehicles": n}')).data;
    expect({ status, payload }).toMatchObject({
      status: { code: 'ACCEPTED' },
      payload: { adaptation: { scripts: [{ feature: 'flow' }] } },
    });
  });

  it('tells subscribers of the status of a connection, and stops when they unsubscribe', async () => {
    const [id = ''] = await city.connect(fire, traffic);
    await ask(fire, twin(traffic), 'SUBSCRIBE', { type: 'communicationStatus', id });
    await ask(traffic, twin(fire), 'DISCONNECT', { type: 'connection', id });
    await city.broker().get(EventConsumers).settled();
    expect(await heard(fire)).toEqual(expect.arrayContaining(['DISCONNECT connection', 'NOTIFY communicationStatus']));
    expect((await ask(fire, twin(traffic), 'UNSUBSCRIBE', { type: 'communicationStatus', id })).data.status.code).toBe('NO_CONTENT');
  });

  it('holds publications back while the connection is suspended, and goes on when it is not', async () => {
    await city.connect(fire, traffic);
    await ask(fire, twin(traffic), 'SUBSCRIBE', { type: 'data', id: 'flow' });
    const twins = city.broker().get(TwinStatusService);
    await city.broker().send(notify(traffic, 1));
    await twins.suspend(OPERATOR, traffic);
    await city.broker().get(FederationReactor).idle();
    expect(numbers(await city.broker().claim(fire))).not.toContain(1);
    await twins.resume(OPERATOR, traffic);
    await city.broker().get(FederationReactor).idle();
    expect(numbers(await city.broker().claim(fire, { waitMs: 10_000 }))).toContain(1);
  });

  it('does not tell a twin of a federation that it left', async () => {
    await city.connect(fire, traffic);
    const { items } = await city.broker().get(FederationService).list(CITY, { member: traffic });
    const id = items[0]?.id ?? '';
    await ask(traffic, twin(fire), 'SUBSCRIBE', { type: 'federationStatus', id });
    await ask(traffic, twin(fire), 'DISCONNECT', { type: 'federation', id });
    expect(await city.broker().get(SubscriptionService).list(traffic)).toEqual([]);
  });

  it('registers, changes and takes back a single feature', async () => {
    const feature = { kind: 'data', schema: { type: 'number' } };
    expect((await ask(fire, REGISTRY, 'REGISTER', { type: 'feature', id: 'heat' }, feature)).data.status.code).toBe('CREATED');
    expect((await ask(fire, REGISTRY, 'UPDATE', { type: 'feature', id: 'heat' }, { unit: 'Cel', version: '2.0.0' })).data.status.code).toBe(
      'OK',
    );
    expect((await ask(fire, REGISTRY, 'RETRIEVE', { type: 'feature', id: 'heat' })).data.payload).toMatchObject({
      name: 'heat',
      unit: 'Cel',
    });
    await expect(ask(fire, REGISTRY, 'DEREGISTER', { type: 'feature', id: 'heat' })).rejects.toMatchObject({ code: 'breaking-change' });
    expect((await ask(fire, REGISTRY, 'DEREGISTER', { type: 'feature', id: 'heat' }, undefined, { force: true })).data.status.code).toBe(
      'NO_CONTENT',
    );
    await expect(ask(fire, REGISTRY, 'RETRIEVE', { type: 'feature', id: 'heat' })).rejects.toMatchObject({ code: 'not-found' });
  });

  it('lets a twin act only for itself, even under its organization’s token', async () => {
    const [id = ''] = await city.connect(fire, traffic);
    const stranger = await city.aTwin('stranger');
    await expect(ask(stranger, twin(traffic), 'DISCONNECT', { type: 'connection', id })).rejects.toMatchObject({
      code: expect.stringMatching(/forbidden|not-found/) as string,
    });
  });

  it('refuses by name what the vocabulary allows and this broker does not offer', async () => {
    const [id = ''] = await city.connect(fire, traffic);
    await expect(ask(fire, twin(traffic), 'UPDATE', { type: 'connection', id })).rejects.toMatchObject({ code: 'action-not-applicable' });
  });

  it('wants to know by which connection a payload shall be adapted', async () => {
    const refusal = { code: 'validation-failed', pointer: '/header/connectionId' };
    await expect(ask(fire, ADAPTOR, 'ADAPT', { type: 'data', id: 'flow' }, { n: 1 })).rejects.toMatchObject(refusal);
  });

  it('registers, changes, shows and takes back a term of the organization’s vocabulary', async () => {
    const vocabulary = 'urn:test:vocabulary:fire';
    await city
      .broker()
      .get(VocabularyService)
      .create(CITY, { id: vocabulary, titles: { en: 'Fire' } });
    const term = { type: 'semanticTerm', id: `${vocabulary}:heat` };
    const made = await ask(fire, REGISTRY, 'REGISTER', term, { vocabulary, labels: { en: 'Heat' }, valueType: 'number', unit: 'Cel' });
    expect(made.data).toMatchObject({ status: { code: 'CREATED' }, payload: { iri: term.id, unit: 'Cel', version: 1 } });
    expect((await ask(fire, REGISTRY, 'UPDATE', term, { labels: { de: 'Hitze' } })).data.payload).toMatchObject({ version: 2 });
    expect((await ask(fire, REGISTRY, 'RETRIEVE', term)).data.payload).toMatchObject({ labels: { en: 'Heat', de: 'Hitze' } });
    expect((await ask(fire, REGISTRY, 'DEREGISTER', term)).data.status.code).toBe('NO_CONTENT');
    await expect(ask(fire, REGISTRY, 'RETRIEVE', term)).rejects.toMatchObject({ code: 'not-found' });
    const builtin = { type: 'semanticTerm', id: 'urn:twinfed:vocabulary:urban:speed' };
    await expect(ask(fire, REGISTRY, 'UPDATE', builtin, { labels: { en: 'x' } })).rejects.toMatchObject({ code: 'forbidden' });
  });
});
