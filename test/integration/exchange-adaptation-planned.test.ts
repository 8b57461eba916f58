import { messageText } from '../../src/exchange/adaptation/adapted-message.js';
import type { ClaimResult } from '../../src/exchange/inbox/claim.service.js';
import { MessageIntakeService } from '../../src/exchange/message/message-intake.service.js';
import { SubscriptionService } from '../../src/exchange/subscription/subscription.service.js';
import { LastValueService } from '../../src/exchange/value/last-value.service.js';
import { ConnectionAdaptation } from '../../src/federation/adaptation/connection-adaptation.service.js';
import { parseConnectionId, parseOrganizationId, parseTwinId, type TwinId } from '../../src/kernel/ids.js';
import { parseDto } from '../../src/problems/dto-validation.js';
import { TwinProfileDto } from '../../src/registry/dto/twin-profile.dto.js';
import { TwinService } from '../../src/registry/twin.service.js';
import type { Message } from '../../src/vocabulary/envelope.js';
import { CITY, notify, provide, TestCity } from './exchange-fixture.js';

const SPEED = 'https://example.org/terms/speed';
let count = 0;

describe('adaptation by plans of the adaptor', () => {
  let city: TestCity;

  beforeAll(async () => {
    city = await TestCity.build(2);
  });

  afterAll(async () => {
    await city.close();
  });

  const inUnit = (property: string, unit: string): object => ({
    type: 'object',
    required: [property],
    properties: { [property]: { type: 'number', 'x-term': SPEED, 'x-unit': unit } },
  });

  /** A twin that measures speed as `n` in km/h and closes roads, and needs what it is given. */
  async function aTwin(name: string, needs: object[] = []): Promise<TwinId> {
    count += 1;
    const id = parseTwinId(`urn:test:planned:${name}:${count}`);
    const features = [
      { kind: 'data', name: 'flow', schema: inUnit('n', 'km/h') },
      { kind: 'function', name: 'closeRoad', input: { type: 'object' }, output: { type: 'object' } },
    ];
    const profile = parseDto(TwinProfileDto, {
      id,
      name,
      domain: 'traffic',
      access: 'listed',
      features,
      ...(needs.length > 0 ? { needs } : {}),
    });
    await city.broker().get(TwinService).register(CITY, profile);
    return id;
  }

  const need = (property: string, unit: string, more: object = {}): object => ({
    kind: 'data',
    name: 'flow',
    schema: inUnit(property, unit),
    ...more,
  });
  /** What was provided or published; not what is told of connections. */
  const payloads = ({ deliveries }: ClaimResult): unknown[] =>
    deliveries
      .map(({ candidate }) => JSON.parse(messageText(candidate)) as Message)
      .flatMap(({ data }) => (data.object.type === 'data' ? [data.payload] : []));

  async function subscribe(reader: TwinId, provider: TwinId): Promise<void> {
    const wish = { objectType: 'data' as const, objectId: 'flow', provider };
    await city.broker().get(SubscriptionService).subscribe(CITY, reader, wish);
    // The other broker learns of it by its own event reader; a test must not depend on when.
    for (const broker of city.brokers) await broker.get(SubscriptionService).list(reader);
  }

  it('gives km/h as mph under another name, through either broker', async () => {
    const [provider, reader] = [await aTwin('provider'), await aTwin('reader', [need('mph', '[mi_i]/h')])];
    await city.connect(provider, reader);
    await city.broker(0).send(provide(provider, reader, 100));
    const [payload] = payloads(await city.broker(1).claim(reader, { waitMs: 5_000 }));
    expect((payload as { mph: number }).mph).toBeCloseTo(62.137, 3);
  });

  it('gives each subscriber of one stream its own form, and the last value as well', async () => {
    const provider = await aTwin('provider');
    const readers = [
      await aTwin('plain'),
      await aTwin('mph', [need('mph', '[mi_i]/h')]),
      await aTwin('csv', [need('speed', 'm/s', { format: 'csv' })]),
    ];
    await city.connect(provider, ...readers);
    for (const reader of readers) await subscribe(reader, provider);
    await city.broker(0).send(notify(provider, 90));
    const [plain, mph, csv] = await Promise.all(
      readers.map(async (reader) => payloads(await city.broker(1).claim(reader, { waitMs: 5_000 }))[0]),
    );
    expect(plain).toEqual({ n: 90 });
    expect((mph as { mph: number }).mph).toBeCloseTo(55.923, 3);
    expect(csv).toContain('25');
    const twin = { kind: 'twin' as const, organization: parseOrganizationId('city'), twin: readers[1] ?? provider, subject: 'reader' };
    const last = await city.broker().get(LastValueService).read(twin, provider, 'flow');
    expect((JSON.parse(last.value) as { mph: number }).mph).toBeCloseTo(55.923, 3);
  });

  it('adapts what waits by the plan it was accepted under, and what comes later by the next one', async () => {
    const [provider, reader] = [await aTwin('provider'), await aTwin('reader', [need('mph', '[mi_i]/h')])];
    const [connection = ''] = await city.connect(provider, reader);
    await city.broker(0).send(provide(provider, reader, 90));
    const { profile } = await city.broker().get(TwinService).read(CITY, reader);
    const changed = parseDto(TwinProfileDto, { ...profile, id: reader, needs: [need('speed', 'm/s')] });
    await city.broker().get(TwinService).replace(CITY, reader, changed);
    await city.broker(0).get(ConnectionAdaptation).apply(CITY, parseConnectionId(connection));
    await city.broker(0).send(provide(provider, reader, 90));
    const [old, fresh] = payloads(await city.broker(0).claim(reader, { waitMs: 5_000 }));
    expect((old as { mph: number }).mph).toBeCloseTo(55.923, 3);
    expect(fresh).toEqual({ speed: 25 });
  });

  it('adapts for a twin that orchestrates itself, and takes the forms it needs, by messages to the adaptor', async () => {
    const [provider, reader] = [await aTwin('provider'), await aTwin('reader')];
    const ask = async (sender: TwinId, action: string, object: object, payload: unknown, connectionId?: string): Promise<Message> => {
      const receiver = { id: 'urn:twinfed:adaptor', role: 'ADAPTOR' };
      const header = { version: '1.0', messageType: 'REQUEST', sender: { id: sender, role: 'DT' }, receiver, connectionId };
      const text = JSON.stringify({ header, data: { action, object, payload } });
      const { response } = await city.broker().get(MessageIntakeService).submit(CITY, text, 10_000);
      return JSON.parse(response ?? 'null') as Message;
    };
    const registered = await ask(reader, 'REGISTER', { type: 'adaptationProfile' }, { needs: [need('mph', '[mi_i]/h')] });
    expect(registered.data).toMatchObject({ status: { code: 'OK' }, payload: { needs: [{ name: 'flow' }] } });
    const [connection = ''] = await city.connect(provider, reader);
    const adapted = await ask(provider, 'ADAPT', { type: 'data', id: 'flow' }, { n: 100 }, connection);
    expect((adapted.data.payload as { mph: number }).mph).toBeCloseTo(62.137, 3);
    const failed = ask(provider, 'ADAPT', { type: 'data', id: 'flow' }, { n: 'fast' }, connection);
    await expect(failed).rejects.toMatchObject({ code: 'adaptation-unsupported' });
    expect((await ask(reader, 'DEREGISTER', { type: 'adaptationProfile' }, undefined)).data.status?.code).toBe('NO_CONTENT');
  });
});
