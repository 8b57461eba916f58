import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { aDataDir, anOrganization, bearer, operatorToken, startBroker, type TestBroker, tokenFor } from './security-fixture.js';

interface Credential {
  clientId: string;
  clientSecret: string;
}

const MOST = 20;

describe('credentials', () => {
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

  const mine = '/v1/organizations/me/credentials';

  function problemOf(response: Awaited<ReturnType<typeof call>>): [number, string] {
    return [response.statusCode, response.json<{ type: string }>().type.replace('urn:twinfed:problem:', '')];
  }

  async function isAccepted(token: string): Promise<boolean> {
    return (await broker.call({ method: 'GET', url: '/probe', headers: bearer(token) })).statusCode === 200;
  }

  async function aTwinToken(organizationToken: string, twin: string): Promise<string> {
    const response = await call(organizationToken, 'POST', `/v1/twins/${encodeURIComponent(twin)}/credentials`);
    const { clientId, clientSecret } = response.json<Credential>();
    return tokenFor(broker, clientId, clientSecret);
  }

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

  describe.each([
    ['an organization', 'me', (slug: string) => `/v1/organizations/${slug}/credentials`],
    ['a twin', 'twin', (slug: string) => `/v1/twins/urn%3A${slug}%3Atwin/credentials`],
  ])('of %s', (_whose, kind, pathOf) => {
    it('are created, listed and deleted by name, again and again', async () => {
      const { token } = await anOrganization(broker, `named-${kind}`);
      const path = pathOf(`named-${kind}`);
      for (let round = 1; round <= 2; round += 1) {
        const created = await call(token, 'POST', path, { name: 'example' });
        expect([created.statusCode, created.headers['cache-control']]).toEqual([201, 'no-store']);
        const { clientId, clientSecret } = created.json<Credential>();
        expect(created.json()).toMatchObject({ name: 'example' });
        const made = await tokenFor(broker, clientId, clientSecret);
        expect((await call(token, 'GET', path)).json<{ items: object[] }>().items).toContainEqual(
          expect.objectContaining({ clientId, name: 'example' }),
        );
        expect((await call(token, 'DELETE', `${path}/example`)).statusCode).toBe(204);
        expect((await call(token, 'DELETE', `${path}/example`)).statusCode).toBe(404);
        expect(await isAccepted(made)).toBe(false);
      }
    });

    it('have names of their own, also when several are made at once', async () => {
      const { token } = await anOrganization(broker, `unique-${kind}`);
      const path = pathOf(`unique-${kind}`);
      const answers = await Promise.all(Array.from({ length: 6 }, () => call(token, 'POST', path, { name: 'wanted' })));
      expect(answers.map((answer) => answer.statusCode).sort()).toEqual([201, 409, 409, 409, 409, 409]);
      const refused = await call(token, 'POST', path, { name: 'wanted' });
      expect(problemOf(refused)).toEqual([409, 'already-exists']);
      expect(refused.json()).toMatchObject({ pointer: '/name' });
    });

    it('are at most twenty, also when several are made at once', async () => {
      const { token, clientId: used } = await anOrganization(broker, `many-${kind}`);
      const path = pathOf(`many-${kind}`);
      const answers = await Promise.all(Array.from({ length: MOST + 4 }, () => call(token, 'POST', path)));
      const { items } = (await call(token, 'GET', path)).json<{ items: Credential[] }>();
      expect(items).toHaveLength(MOST);
      const refusals = answers.filter((answer) => answer.statusCode !== 201);
      expect(new Set(refusals.map((answer) => problemOf(answer).join(' ')))).toEqual(new Set(['409 state-conflict']));
      const spare = items.find((item) => item.clientId !== used)?.clientId ?? '';
      expect((await call(token, 'DELETE', `${path}/${spare}`)).statusCode).toBe(204);
      expect((await call(token, 'POST', path)).statusCode).toBe(201);
    });
  });

  it('let two holders use the same name', async () => {
    const { token } = await anOrganization(broker, 'sharing');
    for (const path of [mine, '/v1/twins/urn%3Asharing%3Aone/credentials', '/v1/twins/urn%3Asharing%3Atwo/credentials']) {
      expect((await call(token, 'POST', path, { name: 'same' })).statusCode).toBe(201);
    }
  });

  it.each(['Example', '-example', 'org_example', '', 'a'.repeat(33), 7])('refuse the name %p', async (name) => {
    const response = await call(operator, 'POST', '/v1/organizations/nobody/credentials', { name });
    expect(problemOf(response)).toEqual([400, 'validation-failed']);
    expect(response.json<{ errors: { pointer: string }[] }>().errors.map((place) => place.pointer)).toEqual(['/name']);
  });

  it('may be deleted by their own tokens, to which that is the last answer; an operator makes a new one', async () => {
    const { token, clientId } = await anOrganization(broker, 'leaving');
    expect((await call(token, 'DELETE', `${mine}/${clientId}`)).statusCode).toBe(204);
    expect(await isAccepted(token)).toBe(false);
    const { clientId: next, clientSecret } = (await call(operator, 'POST', '/v1/organizations/leaving/credentials')).json<Credential>();
    expect(await isAccepted(await tokenFor(broker, next, clientSecret))).toBe(true);
  });

  it('leave a trace of what they were called, and never of the secret', async () => {
    const { token } = await anOrganization(broker, 'traced');
    const { clientId, clientSecret } = (await call(token, 'POST', mine, { name: 'traced-one' })).json<Credential>();
    await call(token, 'DELETE', `${mine}/traced-one`);
    const log = await call(token, 'GET', '/v1/audit?limit=2');
    expect(log.json<{ items: object[] }>().items).toMatchObject([
      { action: 'credential.delete', subject: clientId, detail: { name: 'traced-one' } },
      { action: 'credential.create', subject: clientId, detail: { name: 'traced-one' } },
    ]);
    expect(log.body).not.toContain(clientSecret);
  });
});
