import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { parseDto } from '../../src/problems/dto-validation.js';
import { FIRE_TWIN, TRAFFIC_TWIN } from '../../src/registry/dto/examples.js';
import { TwinProfileDto } from '../../src/registry/dto/twin-profile.dto.js';
import { TwinService } from '../../src/registry/twin.service.js';
import type { Principal } from '../../src/security/principal.js';
import { someFederations, type TestFederations } from './federation-fixture.js';
import { organization } from './registry-fixture.js';

const city = organization('city');
const stranger = organization('stranger');
const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;

let broker: TestFederations;

beforeAll(async () => {
  broker = await someFederations();
  for (const twin of [TRAFFIC_TWIN, FIRE_TWIN]) await broker.get(TwinService).register(city, parseDto(TwinProfileDto, twin));
});
afterAll(() => broker.close());

async function call(principal: Principal, method: string, url: string, payload?: unknown, headers: Record<string, string> = {}) {
  return broker.app.inject({
    method: method.toUpperCase() as 'GET',
    url,
    headers: {
      ...headers,
      'x-principal': JSON.stringify(principal),
      ...(payload === undefined ? {} : { 'content-type': headers['content-type'] ?? 'application/json' }),
    },
    ...(payload === undefined ? {} : { payload: JSON.stringify(payload) }),
  });
}

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;

/** The operations of the document in its order, with their first examples filled in. */
function* examples(document: OpenAPIObject) {
  for (const [path, item] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(item) as [string, Operation][]) {
      if (!(METHODS as readonly string[]).includes(method)) continue;
      let url = path;
      const headers: Record<string, string> = {};
      for (const parameter of operation.parameters ?? []) {
        if ('$ref' in parameter) continue;
        const example = (parameter.schema as { example?: string } | undefined)?.example;
        if (parameter.in === 'path') url = url.replace(`{${parameter.name}}`, encodeURIComponent(String(example)));
        if (parameter.in === 'header' && example !== undefined) headers[parameter.name.toLowerCase()] = example;
      }
      const body = operation.requestBody;
      const [type, content] = body === undefined || '$ref' in body ? [] : (Object.entries(body.content)[0] ?? []);
      const [example] = Object.values((content as { examples?: Record<string, { value: unknown }> } | undefined)?.examples ?? {});
      if (type !== undefined) headers['content-type'] = type;
      yield { method, url, headers, payload: example?.value };
    }
  }
}

it('runs every example in the order of the document, twice, and ends CONNECTED', async () => {
  const document = SwaggerModule.createDocument(broker.app, new DocumentBuilder().build());
  const outcomes: string[][] = [[], []];
  for (const outcome of outcomes) {
    for (const { method, url, headers, payload } of examples(document)) {
      const response = await call(city, method, url, payload, headers);
      outcome.push(`${response.statusCode} ${method} ${decodeURIComponent(url)}`);
      if (response.statusCode >= 300) outcome.push(response.body);
    }
    const connection = await call(city, 'get', `/v1/connections/${encodeURIComponent('urn:example:connection:fire-traffic')}`);
    outcome.push(connection.json<{ state: string }>().state);
  }
  const [first, second] = outcomes;
  const path = (id: string): string => `/v1/federations/urn:example:federation:${id}`;
  const link = (id: string): string => `/v1/connections/urn:example:connection:${id}`;
  expect(first).toEqual([
    '201 post /v1/federations',
    '200 get /v1/federations',
    `201 put ${path('fire-response')}`,
    `200 get ${path('fire-response')}`,
    `200 patch ${path('fire-response')}`,
    `201 post ${path('fire-response')}/invitations`,
    `200 post ${path('fire-response')}/members`,
    `200 get ${path('fire-response')}/members`,
    `200 post ${path('fire-response')}/members/urn:example:twin:traffic/accept`,
    `204 delete ${path('temporary')}/members/urn:example:twin:traffic`,
    `201 put ${path('fire-response')}/candidate-sets/traffic-nearby`,
    `200 get ${path('fire-response')}/candidate-sets/traffic-nearby`,
    `204 delete ${path('fire-response')}/candidate-sets/outdated`,
    `200 get ${path('fire-response')}/candidate-sets`,
    `200 get ${path('fire-response')}/candidate-sets/traffic-nearby/comparison`,
    `200 put ${path('fire-response')}/identifiers`,
    `200 get ${path('fire-response')}/identifiers`,
    `200 post ${path('fire-response')}/suspend`,
    `200 post ${path('fire-response')}/resume`,
    `200 get ${path('fire-response')}/status`,
    `200 post ${path('fire-response')}/hand-over`,
    `200 post ${path('temporary')}/dissolve`,
    '201 post /v1/connections',
    '200 get /v1/connections',
    `201 put ${link('fire-traffic')}`,
    `200 get ${link('fire-traffic')}`,
    `200 post ${link('fire-traffic')}/accept`,
    `200 get ${link('fire-traffic')}/status`,
    `200 post ${link('temporary')}/reject`,
    `200 post ${link('temporary')}/release`,
    `200 get ${link('fire-traffic')}/adaptation`,
    `200 get ${link('fire-traffic')}/adaptation/versions`,
    `200 put ${link('fire-traffic')}/adaptation/overrides`,
    `200 get ${link('fire-traffic')}/adaptation/proposal`,
    `200 post ${link('fire-traffic')}/adaptation/apply`,
    `200 post ${link('fire-traffic')}/adaptation/test`,
    'CONNECTED',
  ]);
  expect(second).toEqual(first?.map((line) => (/^201 (put|post .*invitations)/.test(line) ? line.replace('201', '200') : line)));
});

it('answers in the words of the contract: locations, tags, conditions and problems', async () => {
  const url = '/v1/federations/urn:test:http';
  const content = { purpose: 'Clear the way', initiator: FIRE_TWIN.id, access: 'listed' };
  const created = await call(city, 'put', url, content);
  expect([created.statusCode, created.headers.location, created.headers.etag]).toEqual([201, '/v1/federations/urn%3Atest%3Ahttp', '"1-1"']);
  expect(created.json()).not.toHaveProperty('name');
  const patch = (headers: Record<string, string>) =>
    call(city, 'patch', url, { name: 'Fire' }, { 'content-type': 'application/merge-patch+json', ...headers });
  expect((await patch({})).statusCode).toBe(428);
  const patched = await patch({ 'if-match': '"1-1"' });
  expect([patched.statusCode, patched.headers.etag]).toEqual([200, '"2-1"']);
  expect((await patch({ 'if-match': '"1-1"' })).statusCode).toBe(412);
  const again = await call(city, 'put', url, content, { 'if-none-match': '*' });
  expect(again.statusCode).toBe(412);
  const foreign = await call(stranger, 'post', `${url}/dissolve`);
  expect(foreign.statusCode).toBe(403);
  expect(foreign.headers['content-type']).toContain('application/problem+json');
  const unknown = await call(city, 'post', `${url}/invitations`, { twin: 'urn:test:nobody' });
  expect(unknown.statusCode).toBe(404);
  expect(unknown.body).toContain('/twin');
});

it.each([
  ['post', '/v1/federations', { initiator: FIRE_TWIN.id }, '/purpose'],
  ['post', '/v1/federations', { purpose: 'x', initiator: FIRE_TWIN.id, other: 1 }, '/other'],
  ['post', '/v1/federations', { purpose: 'x', initiator: FIRE_TWIN.id, invitations: [{ twin: 'a b' }] }, '/invitations/0/twin'],
  ['post', '/v1/federations/urn:test:http/invitations', { twin: TRAFFIC_TWIN.id, role: 'initiator' }, '/role'],
  ['post', '/v1/connections', { federationId: 'urn:f', requester: 'urn:a', responder: 'urn:b', features: [] }, '/features'],
  [
    'post',
    '/v1/connections',
    { federationId: 'urn:f', requester: 'urn:a', responder: 'urn:b', features: [{ twin: 'urn:b', name: 'x' }], expiresInSeconds: 59 },
    '/expiresInSeconds',
  ],
])('refuses %s %s with %j, pointing at %s', async (method, url, body, pointer) => {
  const response = await call(city, method, url, body);
  expect(response.statusCode).toBe(400);
  expect(response.json<{ errors: { pointer: string }[] }>().errors.map((place) => place.pointer)).toContain(pointer);
});

it.each([
  '/v1/federations?cursor=nonsense',
  '/v1/federations?limit=0',
  '/v1/federations?state=OPEN',
  '/v1/connections?twin=nobody%20here',
  '/v1/federations/nonsense',
])('refuses GET %s', async (url) => {
  expect((await call(city, 'get', url)).statusCode).toBe(400);
});
