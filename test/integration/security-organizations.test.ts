import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { aDataDir, anOrganization, bearer, operatorToken, startBroker, type TestBroker } from './security-fixture.js';

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

  it.each(['taken', 'system', 'operator', 'me'])('does not give the id %s twice or away', async (id) => {
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
    expect((await call(theirs.token, 'GET', '/v1/organizations/me')).json()).toMatchObject({ id: 'theirs' });
    expect((await call(mine.token, 'DELETE', `/v1/organizations/mine/credentials/${theirs.clientId}`)).statusCode).toBe(404);
  });

  it('knows no organization that an operator could mean by "me"', async () => {
    for (const [method, url] of [
      ['GET', '/v1/organizations/me'],
      ['POST', '/v1/organizations/me/suspend'],
      ['POST', '/v1/organizations/me/credentials'],
      ['DELETE', '/v1/organizations/me/credentials/example'],
      ['GET', '/v1/audit?chain=me'],
    ] as const) {
      const response = await call(operator, method, url);
      expect([method, url, response.statusCode]).toEqual([method, url, 404]);
      expect(response.json<{ detail: string }>().detail).toMatch(/belongs to no organization/);
    }
  });

  it('shows an organization its own audit chain, however it names it', async () => {
    const { token } = await anOrganization(broker, 'auditor');
    const chains = await Promise.all(['', '?chain=me', '?chain=auditor'].map((query) => call(token, 'GET', `/v1/audit${query}`)));
    for (const response of chains) {
      expect(response.json<{ items: { chain: string }[] }>().items.map((entry) => entry.chain)).toContain('auditor');
    }
    expect((await call(token, 'GET', '/v1/audit?chain=system')).statusCode).toBe(404);
  });

  it('keeps what is an operator’s from organizations', async () => {
    const { token } = await anOrganization(broker, 'curious');
    expect((await call(token, 'GET', '/v1/organizations')).statusCode).toBe(403);
    expect((await call(token, 'POST', '/v1/organizations', { name: 'x' })).statusCode).toBe(403);
    expect((await call(token, 'POST', '/v1/organizations/curious/suspend')).statusCode).toBe(403);
    expect((await call(token, 'GET', '/v1/audit/verification')).statusCode).toBe(403);
  });
});
