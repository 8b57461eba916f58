import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { aDataDir, requestToken, startBroker, type TestBroker } from './security-fixture.js';

const SECRET = 'a secret: with + and % and ü';
const basic = (id: string, secret: string): { authorization: string } => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
});
const formEncoded = (text: string): string => new URLSearchParams({ v: text }).toString().slice(2);
const GRANT = { grant_type: 'client_credentials' };

describe('the token endpoint', () => {
  let database: TestDatabase;
  let directory: Awaited<ReturnType<typeof aDataDir>>;
  let broker: TestBroker;

  beforeAll(async () => {
    database = await createTestDatabase();
    directory = await aDataDir();
    broker = await startBroker(database.url, directory.path, { operatorClientSecret: SECRET, tokenTtlSeconds: 120 });
  });

  afterAll(async () => {
    await broker.close();
    await database.drop();
    await directory.remove();
  });

  it('takes client_secret_basic, both parts form-encoded', async () => {
    const response = await requestToken(broker, GRANT, basic('operator', formEncoded(SECRET)));
    expect(response.statusCode).toBe(200);
    expect(response.headers['cache-control']).toBe('no-store');
    expect(response.json()).toEqual({ access_token: expect.any(String) as string, token_type: 'Bearer', expires_in: 120 });
  });

  it('takes client_secret_post', async () => {
    const response = await requestToken(broker, { ...GRANT, client_id: 'operator', client_secret: SECRET });
    expect(response.statusCode).toBe(200);
  });

  it('treats empty parameters as left out, and unknown ones as not there', async () => {
    const response = await requestToken(
      broker,
      { ...GRANT, scope: '', client_secret: '', audience: 'x' },
      basic('operator', formEncoded(SECRET)),
    );
    expect(response.statusCode).toBe(200);
  });

  it.each<[string, Record<string, string> | [string, string][], Record<string, string>, string]>([
    ['no grant type', { client_id: 'operator', client_secret: SECRET }, {}, 'invalid_request'],
    ['another grant', { grant_type: 'password', client_id: 'operator', client_secret: SECRET }, {}, 'unsupported_grant_type'],
    ['a scope', { ...GRANT, scope: 'all', client_id: 'operator', client_secret: SECRET }, {}, 'invalid_scope'],
    ['no client', GRANT, {}, 'invalid_request'],
    [
      'two ways at once',
      { ...GRANT, client_id: 'operator', client_secret: SECRET },
      basic('operator', formEncoded(SECRET)),
      'invalid_request',
    ],
    ['another client id beside Basic', { ...GRANT, client_id: 'other' }, basic('operator', formEncoded(SECRET)), 'invalid_request'],
    [
      'a parameter twice',
      [
        ['grant_type', 'client_credentials'],
        ['client_id', 'a'],
        ['client_id', 'b'],
        ['client_secret', 'c'],
      ],
      {},
      'invalid_request',
    ],
    ['a Bearer header', GRANT, { authorization: 'Bearer x' }, 'invalid_request'],
    ['broken form-encoding in Basic', GRANT, basic('operator', '100%'), 'invalid_request'],
  ])('refuses %s with 400', async (_, form, headers, error) => {
    const response = await requestToken(broker, form, headers);
    expect([response.statusCode, response.json<{ error: string }>().error]).toEqual([400, error]);
    expect(response.headers['content-type']).toMatch(/^application\/json/);
    expect(response.headers['cache-control']).toBe('no-store');
  });

  it('refuses JSON', async () => {
    const response = await broker.call({
      method: 'POST',
      url: '/oauth/token',
      payload: { ...GRANT, client_id: 'operator', client_secret: SECRET },
    });
    expect([response.statusCode, response.json<{ error: string }>().error]).toEqual([400, 'invalid_request']);
  });

  it('does not tell an unknown client from a wrong secret, and challenges who used the header', async () => {
    const unknown = await requestToken(broker, { ...GRANT, client_id: 'org_nobody', client_secret: 'x' });
    const odd = await requestToken(broker, { ...GRANT, client_id: 'no\u0000body', client_secret: 'x' });
    const wrong = await requestToken(broker, GRANT, basic('operator', 'wrong'));
    for (const response of [unknown, odd, wrong]) expect(response.statusCode).toBe(401);
    const { instance: first, ...one } = unknown.json<Record<string, unknown>>();
    const { instance: second, ...two } = wrong.json<Record<string, unknown>>();
    expect(one).toEqual(two);
    expect(first).not.toBe(second);
    expect(one).toMatchObject({ error: 'invalid_client', type: 'urn:twinfed:problem:unauthenticated', status: 401 });
    expect(wrong.headers['www-authenticate']).toBe('Basic realm="twinfed"');
    expect(unknown.headers['www-authenticate']).toBeUndefined();
  });

  it('refuses a client after ten failures within a minute, even with the right secret, and no other client', async () => {
    const guess = () => requestToken(broker, { ...GRANT, client_id: 'org_guessed', client_secret: 'guess' });
    for (let attempt = 1; attempt <= 10; attempt += 1) expect((await guess()).statusCode).toBe(401);
    const refused = await guess();
    expect([refused.statusCode, refused.json<{ error: string }>().error]).toEqual([429, 'temporarily_unavailable']);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect((await requestToken(broker, { ...GRANT, client_id: 'operator', client_secret: SECRET })).statusCode).toBe(200);
  });
});
