import type { Answer } from './support/http-client.js';
import { expectRefusal, registryOf, sendRaw } from './support/refusals.js';
import { RunningBroker, type TestOrganization } from './support/running-broker.js';

const DEEP = 10_000;
const feature = (schema: string): string => `{"name":"A","domain":"traffic","features":[{"kind":"data","name":"a","schema":${schema}}]}`;

/** Texts that no reader of JSON may take, with the place of their fault. */
const MALFORMED: [what: string, text: string, place: string | RegExp][] = [
  ['an object that is cut off', '{"name":"A"', '/name'],
  ['something after the value', '{"name":"A","domain":"traffic"} {}', /something follows/],
  ['a comma too many', '{"name":"A",}', /double quotes/],
  ['single quotes', "{'name':'A'}", /double quotes/],
  ['a comment', '{"name":"A"/* */}', '/name'],
  ['NaN', '{"name":"A","domain":"traffic","coverage":{"area":{"type":"Point","coordinates":[NaN,1]}}}', '/coverage/area/coordinates/0'],
  ['Infinity', '{"name":"A","lease":{"ttlSeconds":Infinity}}', '/lease/ttlSeconds'],
  ['a number with a leading zero', '{"lease":{"ttlSeconds":060}}', '/lease/ttlSeconds'],
  ['a raw line break in a string', '{"name":"A\nB","domain":"traffic"}', '/name'],
  ['the same key twice', '{"name":"A","name":"B","domain":"traffic"}', '/name'],
  ['the same key twice, once escaped', '{"name":"A","\\u006eame":"B","domain":"traffic"}', '/name'],
  ['the same key twice, deep inside', '{"name":"A","domain":"traffic","labels":{"a":"1","a":"2"}}', '/labels/a'],
  ['a byte order mark', '\uFEFF{"name":"A","domain":"traffic"}', /byte order mark/],
  ['U+0000 in a name', '{"name":"A\\u0000B","domain":"traffic"}', '/name'],
  ['U+0000 in a key', '{"name":"A","domain":"traffic","labels":{"a\\u0000":"b"}}', '/labels'],
  ['U+0000 in a schema', feature('{"const":"\\u0000"}'), '/features/0/schema/const'],
  ['half of a surrogate pair', '{"name":"A\\ud800","domain":"traffic"}', '/name'],
  ['the other half', '{"name":"\\udc00A","domain":"traffic"}', '/name'],
  ['10,000 arrays in one another', `{"name":"A","domain":"traffic","labels":${'['.repeat(DEEP)}${']'.repeat(DEEP)}}`, /deeper than 64/],
  ['10,000 objects in one another', `${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}`, /deeper than 64/],
  ['10,000 arrays that never end', '['.repeat(DEEP), /deeper than 64/],
];

/** JSON that is not what a twin looks like. */
const MISFITS: [what: string, text: string, pointer: string][] = [
  ['an unknown member', '{"name":"A","domain":"traffic","colour":"red"}', '/colour'],
  ['an unknown member inside', '{"name":"A","domain":"traffic","coverage":{"colour":"red"}}', '/coverage/colour'],
  ['a member that is the broker’s to set', '{"name":"A","domain":"traffic","owner":"somebody"}', '/owner'],
  ['__proto__', '{"name":"A","domain":"traffic","__proto__":{"owner":"somebody"}}', '/__proto__'],
  ['constructor', '{"name":"A","domain":"traffic","constructor":{"prototype":{}}}', '/constructor'],
  ['constructor: null', '{"name":"A","domain":"traffic","constructor":null}', '/constructor'],
  ['__proto__ inside', '{"name":"A","domain":"traffic","coverage":{"__proto__":{}}}', '/coverage/__proto__'],
  ['constructor inside', '{"name":"A","domain":"traffic","lease":{"ttlSeconds":60,"constructor":{}}}', '/lease/constructor'],
  [
    'constructor in a list',
    '{"name":"A","domain":"traffic","features":[{"kind":"data","name":"a","schema":true,"constructor":1}]}',
    '/features/0/constructor',
  ],
  [
    '__proto__ in a geometry',
    '{"name":"A","domain":"traffic","coverage":{"area":{"type":"Point","coordinates":[0,0],"__proto__":{}}}}',
    '/coverage/area/__proto__',
  ],
  ['__proto__ in a schema', feature('{"properties":{"__proto__":{"type":"string"}}}'), '/features/0/schema/properties'],
  ['a number for a name', '{"name":5,"domain":"traffic"}', '/name'],
  ['null for a name', '{"name":null,"domain":"traffic"}', '/name'],
  ['a blank name', '{"name":"  ","domain":"traffic"}', '/name'],
  ['a name that is too long', `{"name":"${'A'.repeat(201)}","domain":"traffic"}`, '/name'],
  ['a list for a domain', '{"name":"A","domain":["traffic"]}', '/domain'],
  ['an object for a list', '{"name":"A","domain":"traffic","features":{}}', '/features'],
  [
    'an object that pretends to be a list',
    '{"name":"A","domain":"traffic","objectOfInterest":{"length":1,"0":"urn:x:y"}}',
    '/objectOfInterest',
  ],
  ['a list for an object', '{"name":"A","domain":"traffic","coverage":[]}', '/coverage'],
  ['a list for labels', '{"name":"A","domain":"traffic","labels":[]}', '/labels'],
  ['null in a list', '{"name":"A","domain":"traffic","features":[null]}', '/features/0'],
  ['a number in a list of ids', '{"name":"A","domain":"traffic","objectOfInterest":[5]}', '/objectOfInterest/0'],
  ['a negative time to live', '{"name":"A","domain":"traffic","lease":{"ttlSeconds":-1}}', '/lease/ttlSeconds'],
  ['a time to live beyond all numbers', '{"name":"A","domain":"traffic","lease":{"ttlSeconds":1e400}}', '/lease/ttlSeconds'],
  ['1e400 in a schema', feature('{"maximum":1e400}'), '/features/0/schema/maximum'],
  ['the 30th of February', '{"name":"A","domain":"traffic","coverage":{"validFrom":"2026-02-30T00:00:00Z"}}', '/coverage/validFrom'],
  ['the year 0', '{"name":"A","domain":"traffic","coverage":{"validFrom":"0000-01-01T00:00:00Z"}}', '/coverage/validFrom'],
  [
    'an endpoint with a password',
    '{"name":"A","domain":"traffic","endpoints":[{"protocol":"http","url":"https://me:secret@host/"}]}',
    '/endpoints/0/url',
  ],
  [
    'an endpoint that is a script',
    '{"name":"A","domain":"traffic","endpoints":[{"protocol":"http","url":"javascript:alert(1)"}]}',
    '/endpoints/0/url',
  ],
];

describe('bodies that are not what they should be', () => {
  let broker: RunningBroker;
  let city: TestOrganization;
  let before: string;
  beforeAll(async () => {
    broker = await RunningBroker.start();
    city = await broker.createOrganization();
    before = await registryOf(broker, city);
  });
  afterEach(async () => expect(await registryOf(broker, city)).toBe(before));
  afterAll(() => broker.close());

  const register = (text: string): Promise<Answer> => broker.api('POST', '/v1/twins', text, city.token);
  const registerRaw = (body: Buffer): Promise<Answer> => {
    const head = `POST /v1/twins HTTP/1.1\nHost: x\nAuthorization: Bearer ${city.token}\nContent-Type: application/json\n`;
    return sendRaw(broker, `${head}Content-Length: ${body.length}\nConnection: close\n\n`, body);
  };

  it.each(MALFORMED)('is refused as unreadable: %s', async (_what, text, place) => {
    expectRefusal(await register(text), 400, 'malformed-message', place);
    expectRefusal(await broker.api('PUT', '/v1/twins/urn:example:twin:put', text, city.token), 400, 'malformed-message', place);
  });

  it.each(MISFITS)('is refused as no twin: %s', async (_what, text, pointer) => {
    expectRefusal(await register(text), 400, 'validation-failed', pointer);
    expectRefusal(await broker.api('PUT', '/v1/twins/urn:example:twin:put', text, city.token), 400, 'validation-failed', pointer);
  });

  it.each([
    ['a lone byte', [0xff]],
    ['an overlong NUL', [0xc0, 0x80]],
    ['a surrogate in UTF-8', [0xed, 0xa0, 0x80]],
    ['a character that is cut off', [0xe2, 0x82]],
  ])('is refused as invalid UTF-8: %s', async (_what, bytes) => {
    const body = Buffer.concat([Buffer.from('{"domain":"traffic","name":"A'), Buffer.from(bytes), Buffer.from('"}')]);
    expectRefusal(await registerRaw(body), 400, 'malformed-message', /UTF-8/);
  });

  it('is refused when it is compressed without the broker’s asking', async () => {
    expectRefusal(await registerRaw(Buffer.from('1f8b0800000000000003abae050043bfa6a302000000', 'hex')), 400, 'malformed-message', /UTF-8/);
  });

  it.each(['', '   ', 'null', '[]', '5', '"A"', 'true', '[{"name":"A","domain":"traffic"}]'])('is refused when it is %j', async (text) => {
    for (const path of ['/v1/twins', '/v1/federations', '/v1/connections']) {
      expectRefusal(await broker.api('POST', path, text, city.token), 400, 'validation-failed');
    }
    expectRefusal(await broker.api('POST', '/v1/organizations', text, await broker.operatorToken()), 400, 'validation-failed');
  });

  it.each(['[]', '5', '"A"', 'true'])('is refused where it may be left out but is %j', async (text) => {
    for (const path of [
      '/v1/discovery/search',
      '/v1/twins/urn:x:y/inbox/claims',
      '/v1/connections/urn:x:y/accept',
      '/v1/twins/urn:x:y/credentials',
    ]) {
      expectRefusal(await broker.api('POST', path, text, city.token), 400, 'validation-failed', /object/);
    }
  });

  it('is refused when it has 2 MB, whether it says so or comes in chunks', async () => {
    const text = JSON.stringify({ name: 'A', domain: 'traffic', description: 'x'.repeat(2 * 1024 * 1024) });
    expectRefusal(await register(text), 413, 'payload-too-large', /1048576 bytes/);
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(text));
        controller.close();
      },
    });
    const headers = { authorization: `Bearer ${city.token}`, 'content-type': 'application/json' };
    const chunked = await fetch(`${broker.url}/v1/twins`, { method: 'POST', headers, body: stream, duplex: 'half' });
    const body: unknown = await chunked.json();
    expectRefusal({ status: chunked.status, headers: chunked.headers, body }, 413, 'payload-too-large', /1048576 bytes/);
  });

  it('is refused when its profile takes more than is stored of one', async () => {
    const features = Array.from({ length: 200 }, (_, index) => ({
      kind: 'data',
      name: `f${index}`,
      schema: { description: 'x'.repeat(2_000) },
    }));
    expectRefusal(await register(JSON.stringify({ name: 'A', domain: 'traffic', features })), 413, 'payload-too-large', /262144/);
  });

  it('says what is wrong with each twin of a batch, and stores the good ones alone', async () => {
    const good = { id: 'urn:example:twin:good', name: 'Good', domain: 'traffic' };
    const twins = [{ name: 5 }, good, null, { ...good, id: 'urn:x:a b' }];
    const { status, body } = await broker.api<{ items: { status: number; problem?: unknown }[] }>(
      'POST',
      '/v1/twins/batch',
      { twins },
      city.token,
    );
    expect([status, ...body.items.map((item) => item.status)]).toEqual([207, 400, 201, 400, 400]);
    expect(body.items[0]?.problem).toMatchObject({
      type: 'urn:twinfed:problem:validation-failed',
      pointer: expect.stringMatching(/^\/twins\/0\//) as unknown,
    });
    expect(await broker.api('DELETE', `/v1/twins/${encodeURIComponent(good.id)}`, undefined, city.token)).toMatchObject({ status: 204 });
  });

  it('does not change what the next request finds', async () => {
    expect(Object.prototype).not.toHaveProperty('owner');
    expect(broker.log).not.toMatch(/"level":"error"/);
  });
});
