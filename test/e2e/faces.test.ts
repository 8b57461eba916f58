import { RunningBroker } from './support/running-broker.js';

describe('what surrounds the API', () => {
  let broker: RunningBroker;
  beforeAll(async () => {
    broker = await RunningBroker.start();
  });
  afterAll(() => broker.close());

  it('says that it is alive and ready, without a token', async () => {
    expect(await broker.api('GET', '/health/live')).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect(await broker.api('GET', '/health/ready')).toMatchObject({
      status: 200,
      body: { status: 'ok', checks: { database: 'up', migrations: 'up' } },
    });
  });

  it('shows measurements to an operator only, by route template', async () => {
    expect((await broker.api('GET', '/metrics')).status).toBe(401);
    const { token } = await broker.createOrganization();
    expect((await broker.api('GET', '/metrics', undefined, token)).status).toBe(403);
    await broker.api('GET', '/v1/organizations/who-is-that', undefined, await broker.operatorToken());
    await broker.api('GET', '/no/such/path');
    const { status, body } = await broker.api<string>('GET', '/metrics', undefined, await broker.operatorToken());
    expect(status).toBe(200);
    expect(body).toContain('route="/v1/organizations/:id",status="404"');
    expect(body).toContain('twinfed_database_connections{pool="general",state="idle"}');
    expect(body).not.toContain('who-is-that');
    expect(body).not.toContain('/no/such/path');
  });

  it('serves the description and a console that needs nothing from elsewhere', async () => {
    const description = await broker.api<{ openapi: string; servers: { url: string }[] }>('GET', '/openapi.json');
    expect(description).toMatchObject({ status: 200, body: { openapi: '3.1.0', servers: [{ url: '/' }] } });
    for (const path of ['/docs', '/docs/']) {
      const page = await broker.api<string>('GET', path);
      expect(page.status).toBe(200);
      expect(page.body).not.toMatch(/https?:\/\//);
      for (const [, asset] of page.body.matchAll(/(?:src|href)="([^"]+)"/g)) {
        expect((await fetch(new URL(asset ?? '', `${broker.url}${path}`))).status).toBe(200);
      }
    }
  });

  it('gives every answer the request id, the caller’s own where it is harmless', async () => {
    const own = await broker.api('GET', '/health/live', undefined, undefined, { 'x-request-id': 'case-42' });
    expect(own.headers.get('x-request-id')).toBe('case-42');
    const odd = await broker.api('GET', '/health/live', undefined, undefined, { 'x-request-id': 'a b"c' });
    expect(odd.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('lets no cache keep an answer, no browser guess its type, and no other site read it', async () => {
    const { headers } = await broker.api('GET', '/v1/organizations', undefined, await broker.operatorToken(), {
      origin: 'https://a.example',
    });
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });

  it('ends with exit code 0 when it is asked to, and comes back with its data', async () => {
    const { id } = await broker.createOrganization('keeps-its-data');
    expect(await broker.stop()).toBe(0);
    await broker.restart();
    expect(await broker.api('GET', `/v1/organizations/${id}`, undefined, await broker.operatorToken())).toMatchObject({ status: 200 });
  });
});
