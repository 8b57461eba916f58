import { SharedSchemaService } from '../../src/dictionary/shared-schema/shared-schema.service.js';
import { ConnectionAdaptation } from '../../src/federation/adaptation/connection-adaptation.service.js';
import { messageText } from '../../src/exchange/adaptation/adapted-message.js';
import { parseConnectionId, parseTwinId, type TwinId } from '../../src/kernel/ids.js';
import { parseDto } from '../../src/problems/dto-validation.js';
import { TwinProfileDto } from '../../src/registry/dto/twin-profile.dto.js';
import { TwinService } from '../../src/registry/twin.service.js';
import type { Message } from '../../src/vocabulary/envelope.js';
import { CITY, provide, TestCity } from './exchange-fixture.js';

const SPEED = 'https://example.org/terms/speed';
const CODE = 'https://example.org/terms/code';
const CLOSE = { kind: 'function', name: 'closeRoad', input: { type: 'object' }, output: { type: 'object' } };
/** A speed, and a code that looks like a number. */
const TEXTS = {
  csv: (speed: number) => `speed,code\r\n${speed},007\r\n`,
  xml: (speed: number) => `<value><speed>${speed}</speed><code>007</code></value>`,
} as const;
let count = 0;

describe.each(['csv', 'xml'] as const)('%s of schemas that refer to shared ones', (format) => {
  let city: TestCity;

  beforeAll(async () => {
    city = await TestCity.build(1);
  });
  afterAll(() => city.close());

  const plain = {
    type: 'object',
    required: ['speed', 'code'],
    properties: { speed: { type: 'number', 'x-term': SPEED, 'x-unit': 'm/s' }, code: { type: 'string', 'x-term': CODE } },
  };

  /** A schema that says nothing itself: the shared one refers to others, by a relative address and an anchor. */
  async function shared(): Promise<object> {
    count += 1;
    const base = `https://models.test/${format}/${count}/`;
    const schemas: object[] = [
      { $id: `${base}types.json`, $defs: { s: { $anchor: 'speed', type: 'number', 'x-term': SPEED, 'x-unit': 'km/h' }, c: { type: 'string', 'x-term': CODE } } }, // prettier-ignore
      { $id: `${base}flow.json`, type: 'object', additionalProperties: false, required: ['speed', 'code'], properties: { speed: { $ref: 'types.json#speed' }, code: { $ref: 'types.json#/$defs/c' } } }, // prettier-ignore
    ];
    await city
      .broker()
      .get(SharedSchemaService)
      .register(
        CITY,
        schemas.map((schema) => ({ schema })),
      );
    return { $ref: `${base}flow.json` };
  }

  async function aTwin(name: string, form: { feature?: object; need?: object }): Promise<TwinId> {
    const id = parseTwinId(`urn:test:shared:${format}:${name}:${(count += 1)}`);
    const flow = { kind: 'data', name: 'flow' };
    const { feature = { schema: { type: 'object' } }, need } = form;
    const given = {
      id,
      name,
      domain: 'traffic',
      access: 'listed',
      features: [{ ...flow, ...feature }, CLOSE],
      ...(need === undefined ? {} : { needs: [{ ...flow, ...need }] }),
    };
    await city.broker().get(TwinService).register(CITY, parseDto(TwinProfileDto, given));
    return id;
  }

  async function received(reader: TwinId): Promise<unknown> {
    const { deliveries } = await city.broker().claim(reader, { waitMs: 5_000 });
    const messages = deliveries.map(({ candidate }) => JSON.parse(messageText(candidate)) as Message);
    return messages.find(({ data }) => data.object.type === 'data')?.data.payload;
  }

  const sent = (sender: TwinId, to: TwinId, payload: unknown): object => {
    const message = provide(sender, to, 0) as Message;
    return { ...message, data: { ...message.data, payload } };
  };

  it('is checked and read by them: numbers are numbers, and codes keep their zeros', async () => {
    const provider = await aTwin('provider', { feature: { format, schema: await shared() } });
    const reader = await aTwin('reader', { need: { schema: plain } });
    await city.connect(provider, reader);
    await city.broker().send(sent(provider, reader, TEXTS[format](36)));
    expect(await received(reader)).toEqual({ speed: 10, code: '007' });
    await expect(city.broker().send(sent(provider, reader, TEXTS[format](36).replace('36', 'fast')))).rejects.toMatchObject({
      code: 'payload-invalid',
    });
  });

  it('is written by them, and the plan keeps what they say of types', async () => {
    const provider = await aTwin('provider', { feature: { schema: plain } });
    const reader = await aTwin('reader', { need: { format, schema: await shared() } });
    const [connection = ''] = await city.connect(provider, reader);
    await city.broker().send(sent(provider, reader, { speed: 10, code: '007' }));
    expect(String(await received(reader))).toMatch(/007[^]*36/);
    const { stored } = await city.broker().get(ConnectionAdaptation).read(CITY, parseConnectionId(connection));
    const flow = stored.plan.features.flatMap(({ flows = [] }) => flows).find(({ from }) => from === provider);
    expect(flow?.steps.find(({ name }) => name === 'encode')?.parameters).toMatchObject({
      format,
      schema: {
        $ref: '#/$defs/s1',
        $defs: {
          s1: { type: 'object', properties: { speed: { $ref: '#/$defs/s2' }, code: { $ref: '#/$defs/s3' } } },
          s2: { type: 'number' },
        },
      },
    });
    expect(flow?.losses.filter(({ kind }) => kind.startsWith('unnamed-untyped'))).toEqual([]);
  });
});
