import type { Answer } from './support/http-client.js';
import { expectRefusal, registryOf, sendRaw } from './support/refusals.js';
import { RunningBroker, type TestOrganization } from './support/running-broker.js';

const TWIN = { name: 'A twin', domain: 'traffic' };

describe('requests that are no requests of this API', () => {
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

  const call = (method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer> =>
    broker.api(method, path, body, city.token, headers);

  it.each([
    ['GET', '/'],
    ['GET', '/v1'],
    ['POST', '/nowhere'],
    ['GET', '/v1/twins/'],
    ['GET', '//v1/twins'],
    ['GET', '/V1/TWINS'],
    ['GET', '/v1/twins/urn:x:y/nothing'],
    ['GET', '/docs/..%2f..%2fpackage.json'],
    ['GET', '/docs/../../package.json'],
    ['GET', '/.env'],
  ])('%s %s: there is no such path', async (method, path) => {
    expectRefusal(await call(method, path), 404, 'route-not-found');
  });

  it.each([
    ['DELETE', '/v1/twins', /GET/],
    ['PATCH', '/v1/twins', /POST/],
    ['POST', '/v1/twins/urn:x:y', /PATCH/],
    ['GET', '/v1/discovery/search', /POST/],
    ['DELETE', '/v1/messages', /POST/],
    ['PUT', '/v1/organizations', /GET/],
    ['GET', '/oauth/token', /POST/],
    ['POST', '/openapi.json', /GET/],
    ['DELETE', '/health/live', /GET/],
    ['PROPFIND', '/v1/twins', /GET/],
  ])('%s %s: the path does not have this method, and says which it has', async (method, path, allowed) => {
    const answer = await call(method, path);
    expectRefusal(answer, 405, 'method-not-allowed', allowed);
    expect(answer.headers.get('allow')).toMatch(allowed);
  });

  it('refuses the method TRACE, which would play headers back', async () => {
    expectRefusal(await sendRaw(broker, 'TRACE /v1/twins HTTP/1.1\nHost: x\nConnection: close\n\n'), 405, 'method-not-allowed', /TRACE/);
  });

  it.each([
    'text/plain',
    'application/xml',
    'multipart/form-data; boundary=x',
    'application/octet-stream',
    'garbage',
    ';',
    'application/json5',
  ])('takes no body of the type %s', async (type) => {
    for (const path of ['/v1/twins', '/v1/messages', '/v1/discovery/search', '/v1/federations']) {
      expectRefusal(await call('POST', path, JSON.stringify(TWIN), { 'content-type': type }), 415, 'unsupported-media-type');
    }
  });

  it('takes a form nowhere but at the token endpoint', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    for (const path of ['/v1/twins', '/v1/messages', '/v1/federations']) {
      expectRefusal(await call('POST', path, 'name=A&domain=traffic', headers), 415, 'unsupported-media-type');
    }
  });

  it('does not guess the type of a body that names none', async () => {
    const body = JSON.stringify(TWIN);
    const head = `POST /v1/twins HTTP/1.1\nHost: x\nAuthorization: Bearer ${city.token}\nContent-Length: ${body.length}\nConnection: close\n\n`;
    expectRefusal(await sendRaw(broker, head, body), 415, 'unsupported-media-type');
  });

  it.each(['/v1/twins/%ZZ', '/v1/twins/%', '/v1/twins/urn:x:%F', '/v1/twins/%FF', '/v1/twins/%C0%80', '/v1/federations/%ZZ/members'])(
    'refuses the path %s, which is not percent-encoded UTF-8',
    async (path) => {
      expectRefusal(await call('GET', path), 400, 'malformed-message', /valid url component/);
    },
  );

  it.each(['/v1/twins?domain=%ZZ', '/v1/twins?owner=%00', '/v1/twins?domain=a%0Ab'])('refuses the query of %s', async (path) => {
    expectRefusal(await call('GET', path), 400, 'validation-failed', `/${/\?(\w+)/.exec(path)?.[1] ?? ''}`);
  });

  it.each(['__proto__', 'constructor', 'toString', 'unknown', 'limit[]'])('refuses the unknown query parameter %s', async (name) => {
    expectRefusal(await call('GET', `/v1/twins?${name}=1`), 400, 'validation-failed', `/${name}`);
  });

  it('answers a URL or headers of 100 KB with a problem document of its own', async () => {
    const long = 'a'.repeat(100_000);
    expectRefusal(await sendRaw(broker, `GET /v1/twins/${long} HTTP/1.1\nHost: x\n\n`), 431, 'header-too-large', /16 KiB/);
    expectRefusal(await sendRaw(broker, `GET /v1/twins HTTP/1.1\nHost: x\nX-Long: ${long}\n\n`), 431, 'header-too-large', /16 KiB/);
  });

  it.each([
    ['another protocol', 'SSH-2.0-OpenSSH_9.9\n\n'],
    ['an unknown method', 'BREW /v1/twins HTTP/1.1\nHost: x\n\n'],
    ['a length that is no number', 'POST /v1/twins HTTP/1.1\nHost: x\nContent-Length: ten\n\n'],
    ['a length and chunks, which smuggles', 'POST /v1/twins HTTP/1.1\nHost: x\nContent-Length: 5\nTransfer-Encoding: chunked\n\n0\n\n'],
    ['two lengths', 'POST /v1/twins HTTP/1.1\nHost: x\nContent-Length: 5\nContent-Length: 6\n\n'],
    ['a header with a NUL', 'GET /v1/twins HTTP/1.1\nHost: x\nX-A: a\0b\n\n'],
  ])('answers %s with a problem document', async (_what, head) => {
    expectRefusal(await sendRaw(broker, head), 400, 'malformed-message');
  });

  it('is as well as before', async () => {
    expect((await broker.api('GET', '/health/ready')).status).toBe(200);
    expect(broker.log).not.toMatch(/"level":"error"/);
  });
});
