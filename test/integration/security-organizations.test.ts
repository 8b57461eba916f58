import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { aDataDir, anOrganization, bearer, operatorToken, startBroker, type TestBroker, tokenFor } from './security-fixture.js';

interface Credential {
  clientId: string;
  clientSecret: string;
}

describe('organizations and credentials', () => {
  let database: TestDatabase;
  let directory: Awaited<ReturnType<typeof aDataDir>>;
  let broker: TestBroker;
  let operator: string;

  beforeAll(async () => {
    database = await createTestDatabase();
    directory = await aDataDir();
    broker = await startBroker(database.url, directory.path);
    operator = await operatorToken(broker);
  });

  afterAll(async () => {
    await broker.close();
    await database.drop();
    await directory.remove();
  });

  const call = (token: string, method: 'GET' | 'POST' | 'DELETE', url: string, payload?: object) =>
    broker.call({ method, url, headers: bearer(token), ...(payload === undefined ? {} : { payload }) });

  async function aTwinToken(organizationToken: string, twin: string): Promise<string> {
    const response = await call(organizationToken, 'POST', `/v1/twins/${encodeURIComponent(twin)}/credentials`);
    const { clientId, clientSecret } = response.json<Credential>();
    return tokenFor(broker, clientId, clientSecret);
  }

  it('creates an organization with a credential, and derives the id from the name', async () => {
    const response = await call(operator, 'POST', '/v1/organizations', { name: 'Stadtwerke Köln & Bonn' });
    expect(response.statusCode).toBe(201);
    expect(response.headers.location).toBe('/v1/organizations/stadtwerke-koln-bonn');
    expect(response.json()).toMatchObject({
      id: 'stadtwerke-koln-bonn',
      status: 'ACTIVE',
      credential: { clientId: expect.stringMatching(/^org_stadtwerke-koln-bonn_[0-9a-f]{16}$/) as string },
    });
  });

  it.each(['taken', 'system', 'operator'])('does not give the id %s twice or away', async (id) => {
    if (id === 'taken') await anOrganization(broker, id);
    const response = await call(operator, 'POST', '/v1/organizations', { id, name: 'Another' });
    expect([response.statusCode, response.json<{ type: string }>().type]).toEqual([409, 'urn:twinfed:problem:already-exists']);
  });

  it('refuses a malformed organization, naming the places', async () => {
    const response = await call(operator, 'POST', '/v1/organizations', { id: 'Not A Slug', name: '', extra: 1 });
    expect(response.statusCode).toBe(400);
    expect(
      response
        .json<{ errors: { pointer: string }[] }>()
        .errors.map((place) => place.pointer)
        .sort(),
    ).toEqual(['/extra', '/id', '/name']);
  });

  it('lists all organizations to an operator, page by page', async () => {
    for (const id of ['page-a', 'page-b', 'page-c']) await anOrganization(broker, id);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const query = `limit=2${cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
      const page = (await call(operator, 'GET', `/v1/organizations?${query}`)).json<{ items: { id: string }[]; next?: string }>();
      seen.push(...page.items.map((organization) => organization.id));
      cursor = page.next;
    } while (cursor !== undefined);
    expect(seen).toEqual(expect.arrayContaining(['page-a', 'page-b', 'page-c']));
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('shows an organization itself and hides the others from it', async () => {
    const mine = await anOrganization(broker, 'mine');
    const theirs = await anOrganization(broker, 'theirs');
    expect((await call(mine.token, 'GET', '/v1/organizations/mine')).json()).toMatchObject({ id: 'mine' });
    for (const hidden of [theirs.id, 'nothing']) {
      expect((await call(mine.token, 'GET', `/v1/organizations/${hidden}`)).statusCode).toBe(404);
      expect((await call(mine.token, 'GET', `/v1/organizations/${hidden}/credentials`)).statusCode).toBe(404);
      expect((await call(mine.token, 'POST', `/v1/organizations/${hidden}/credentials`)).statusCode).toBe(404);
      expect((await call(mine.token, 'DELETE', `/v1/organizations/${hidden}/credentials/${theirs.clientId}`)).statusCode).toBe(404);
    }
    expect((await call(theirs.token, 'GET', '/v1/organizations/theirs')).statusCode).toBe(200);
    expect((await call(mine.token, 'DELETE', `/v1/organizations/mine/credentials/${theirs.clientId}`)).statusCode).toBe(404);
  });

  it('keeps what is an operator’s from organizations', async () => {
    const { token } = await anOrganization(broker, 'curious');
    expect((await call(token, 'GET', '/v1/organizations')).statusCode).toBe(403);
    expect((await call(token, 'POST', '/v1/organizations', { name: 'x' })).statusCode).toBe(403);
    expect((await call(token, 'POST', '/v1/organizations/curious/suspend')).statusCode).toBe(403);
    expect((await call(token, 'GET', '/v1/audit/verification')).statusCode).toBe(403);
  });

  it('never shows a secret again', async () => {
    const { token, clientId, clientSecret } = await anOrganization(broker, 'discreet');
    const list = await call(token, 'GET', '/v1/organizations/discreet/credentials');
    expect(list.json()).toEqual({ items: [{ clientId, createdAt: expect.any(String) as string }] });
    const log = await call(token, 'GET', '/v1/audit');
    expect(log.body).not.toContain(clientSecret);
  });

  it('lets the owning organization make credentials with which a twin acts for itself alone', async () => {
    const { token } = await anOrganization(broker, 'owner');
    const twinToken = await aTwinToken(token, 'urn:owner:twin');
    const probe = await broker.call({ method: 'GET', url: '/probe', headers: bearer(twinToken) });
    expect(probe.json()).toMatchObject({ kind: 'twin', organization: 'owner', twin: 'urn:owner:twin' });
    for (const [method, url] of [
      ['POST', '/v1/twins/urn%3Aowner%3Atwin/credentials'],
      ['POST', '/v1/organizations/owner/credentials'],
      ['GET', '/v1/organizations/owner/credentials'],
    ] as const) {
      expect((await call(twinToken, method, url)).statusCode).toBe(403);
    }
  });

  it('keeps a twin’s credentials from other organizations and from operators', async () => {
    const { token } = await anOrganization(broker, 'keeper');
    const stranger = await anOrganization(broker, 'stranger');
    const seen = '/v1/twins/urn%3Akeeper%3Alisted/credentials';
    expect((await call(stranger.token, 'POST', '/v1/twins/urn%3Akeeper%3Ahidden/credentials')).statusCode).toBe(404);
    expect((await call(stranger.token, 'POST', seen)).statusCode).toBe(403);
    expect((await call(operator, 'POST', seen)).statusCode).toBe(403);
    expect((await call(token, 'POST', seen)).statusCode).toBe(201);
  });

  it('ends a twin’s tokens with its credential, which only its own path deletes', async () => {
    const { token } = await anOrganization(broker, 'ender');
    const url = '/v1/twins/urn%3Aender%3Atwin/credentials';
    const { clientId, clientSecret } = (await call(token, 'POST', url)).json<Credential>();
    const twinToken = await tokenFor(broker, clientId, clientSecret);
    expect((await call(token, 'DELETE', `/v1/organizations/ender/credentials/${clientId}`)).statusCode).toBe(404);
    expect((await call(token, 'DELETE', `/v1/twins/urn%3Aender%3Aother/credentials/${clientId}`)).statusCode).toBe(404);
    expect((await call(token, 'DELETE', `${url}/${clientId}`)).statusCode).toBe(204);
    expect((await call(token, 'DELETE', `${url}/${clientId}`)).statusCode).toBe(404);
    expect((await broker.call({ method: 'GET', url: '/probe', headers: bearer(twinToken) })).statusCode).toBe(401);
    expect((await call(token, 'GET', url)).json()).toEqual({ items: [] });
  });
});
