import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { Config } from '../config/config.js';
import { CLIENT_FRAMES, SERVER_FRAMES } from '../exchange/session/frame-schemas.js';
import { buildAsyncApi } from './asyncapi-document.js';

interface Document {
  servers: Record<string, { host: string; protocol: string; pathname?: string }>;
  channels: Record<string, { messages: Record<string, { payload: object }> }>;
}

const read = (path: string): object => JSON.parse(readFileSync(new URL(import.meta.resolve(path)), 'utf8')) as object;
const build = (settings: Partial<Config> = {}): Document =>
  JSON.parse(JSON.stringify(buildAsyncApi(Object.assign(new Config(), settings)))) as Document;

describe('the AsyncAPI document', () => {
  const document = build();

  it('is one of AsyncAPI 3.0', () => {
    const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
    const validate = ajv.compile(read('@asyncapi/specs/schemas/3.0.0-without-$id.json'));
    validate(document);
    expect((validate.errors ?? []).slice(0, 5)).toEqual([]);
  });

  it('has no reference that leads nowhere', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#([^"]+)"/g)].map(([, pointer = '']) => pointer);
    expect(references.length).toBeGreaterThan(10);
    for (const pointer of references) {
      const found = pointer
        .split('/')
        .slice(1)
        .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], document);
      expect({ pointer, found: typeof found }).toEqual({ pointer, found: 'object' });
    }
  });

  it('shows every frame of a session', () => {
    const names = Object.keys(document.channels['exchange']?.messages ?? {});
    const wanted = [...Object.keys(CLIENT_FRAMES).map((op) => `receive.${op}`), ...Object.keys(SERVER_FRAMES).map((op) => `send.${op}`)];
    expect(names).toEqual(wanted);
  });

  it('names the broker where PUBLIC_URL says it is', () => {
    expect(build({ publicUrl: 'https://twins.example/broker' }).servers['websocket']).toMatchObject({
      host: 'twins.example',
      pathname: '/broker',
      protocol: 'wss',
    });
  });
});
