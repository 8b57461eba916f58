import { SignJWT, type CryptoKey, exportJWK, exportSPKI, generateKeyPair } from 'jose';
import { DomainEvents } from '../../src/database/domain-events.js';
import { issuerOf } from '../../src/security/issuer.js';
import { type SigningKey, SigningKeys } from '../../src/security/signing-keys.js';
import { TokenVerifier } from '../../src/security/token-verifier.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import {
  aDataDir,
  anOrganization,
  bearer,
  operatorToken,
  requestToken,
  startBroker,
  type TestBroker,
  tokenFor,
} from './security-fixture.js';

const SECRET_KEY = 'a secret key that both brokers share';

describe('tokens', () => {
  let database: TestDatabase;
  let directory: Awaited<ReturnType<typeof aDataDir>>;
  let broker: TestBroker;
  let other: TestBroker;

  beforeAll(async () => {
    database = await createTestDatabase();
    directory = await aDataDir();
    const settings = { secretKey: SECRET_KEY, operatorClientSecret: 'the secret of the operator' };
    broker = await startBroker(database.url, directory.path, settings);
    other = await startBroker(database.url, directory.path, { ...settings, metricsPublic: true });
  });

  afterAll(async () => {
    await broker.close();
    await other.close();
    await database.drop();
    await directory.remove();
  });

  const probe = (token: string, at = broker) => at.call({ method: 'GET', url: '/probe', headers: bearer(token) });

  interface Forgery {
    key?: CryptoKey | Uint8Array;
    alg?: string;
    kid?: string;
    typ?: string;
    audience?: string;
    issuer?: string;
    lifetime?: number;
    notBefore?: number;
    claims?: Record<string, unknown>;
  }

  async function forge(forgery: Forgery): Promise<string> {
    const own: SigningKey = broker.get(SigningKeys).current();
    const now = Math.floor(Date.now() / 1000);
    const issuer = issuerOf(broker.config);
    const jwt = new SignJWT(forgery.claims ?? { kind: 'operator', client_id: 'operator', sub: 'operator' })
      .setProtectedHeader({ alg: forgery.alg ?? 'EdDSA', kid: forgery.kid ?? own.kid, typ: forgery.typ ?? 'at+jwt' })
      .setIssuer(forgery.issuer ?? issuer)
      .setAudience(forgery.audience ?? issuer)
      .setIssuedAt(now)
      .setExpirationTime(now + (forgery.lifetime ?? 60))
      .setJti('1');
    if (forgery.notBefore !== undefined) jwt.setNotBefore(now + forgery.notBefore);
    return jwt.sign(forgery.key ?? own.privateKey);
  }

  const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

  it('accepts at every broker a token that one of them issued, and says whom it speaks for', async () => {
    const { token, clientId } = await anOrganization(broker, 'everywhere');
    for (const at of [broker, other]) {
      const response = await probe(token, at);
      expect(response.json()).toMatchObject({ kind: 'organization', organization: 'everywhere', subject: clientId });
    }
  });

  it('asks for a token without naming an error when there is none', async () => {
    const response = await broker.call({ method: 'GET', url: '/probe' });
    expect(response.statusCode).toBe(401);
    expect(response.headers['www-authenticate']).toBe('Bearer realm="twinfed"');
    expect(response.json()).toMatchObject({ type: 'urn:twinfed:problem:unauthenticated' });
  });

  it('opens a conditionally anonymous route only where the configuration says so', async () => {
    expect((await broker.call({ method: 'GET', url: '/probe/metrics' })).statusCode).toBe(401);
    expect((await other.call({ method: 'GET', url: '/probe/metrics' })).body).toBe('figures');
  });

  it('refuses every forged or stale token with 401, naming the broken rule', async () => {
    const { publicKey, current } = { publicKey: broker.get(SigningKeys).current().publicKey, current: broker.get(SigningKeys).current() };
    const foreign = (await generateKeyPair('EdDSA', { crv: 'Ed25519' })).privateKey;
    const publicBytes = new TextEncoder().encode(JSON.stringify(await exportJWK(publicKey)));
    const publicPem = new TextEncoder().encode(await exportSPKI(publicKey));
    const unsigned = `${encoded({ alg: 'none', kid: current.kid, typ: 'at+jwt' })}.${encoded({ kind: 'operator', sub: 'operator', client_id: 'operator' })}.`;
    const genuine = await forge({});
    const [head = '', , signature = ''] = genuine.split('.');
    const refused: [string, string, RegExp][] = [
      ['unsigned', unsigned, /algorithm/],
      ['HMAC with the public JWK', await forge({ alg: 'HS256', key: publicBytes }), /algorithm/],
      ['HMAC with the public PEM', await forge({ alg: 'HS256', key: publicPem }), /algorithm/],
      ['signed with another key', await forge({ key: foreign }), /signature/],
      ['of an unknown key', await forge({ key: foreign, kid: 'unknown' }), /not signed with a key of this broker/],
      ['expired', await forge({ lifetime: -6 }), /expired/],
      ['not yet valid', await forge({ notBefore: 30 }), /nbf/],
      ['for another audience', await forge({ audience: 'https://elsewhere.example' }), /aud/],
      ['of another issuer', await forge({ issuer: 'https://elsewhere.example' }), /iss/],
      ['of another type', await forge({ typ: 'JWT' }), /typ/],
      ['of no kind', await forge({ claims: { kind: 'god', sub: 'operator', client_id: 'operator' } }), /whom it speaks for/],
      [
        'of a malformed organization',
        await forge({ claims: { kind: 'organization', org: 'A B', sub: 'x', client_id: 'x' } }),
        /well-formed/,
      ],
      ['of an unknown client', await forge({ claims: { kind: 'operator', sub: 'nobody', client_id: 'nobody' } }), /no longer exists/],
      ['changed', `${head}.${encoded({ kind: 'operator' })}.${signature}`, /signature/],
      ['garbage', 'garbage', /well-formed/],
      ['empty', '', /./],
      ['endless', 'x'.repeat(9_000), /well-formed/],
    ];
    for (const [name, token, rule] of refused) {
      const response = await probe(token);
      expect([name, response.statusCode]).toEqual([name, 401]);
      expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
      expect(response.headers['www-authenticate']).toMatch(/^Bearer realm="twinfed"/);
      expect([name, response.json<{ detail: string }>().detail]).toEqual([name, expect.stringMatching(rule)]);
    }
  });

  it('tolerates five seconds between clocks', async () => {
    expect((await probe(await forge({ lifetime: -3 }))).statusCode).toBe(200);
  });

  it('stops accepting a remembered token once it has expired', async () => {
    const token = await forge({ lifetime: 30 });
    const verifier = broker.get(TokenVerifier);
    expect(await verifier.verify(token)).toMatchObject({ kind: 'operator' });
    const clock = broker.get(TokenVerifier)['database'].clock;
    const now = Date.now();
    clock.observe(now + 40_000, performance.now());
    try {
      await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'unauthenticated', detail: 'The token has expired.' });
    } finally {
      clock.observe(now, performance.now());
    }
  });

  it('refuses tokens of a suspended organization at once, elsewhere with the event, and takes them again after it resumes', async () => {
    const { id, token } = await anOrganization(broker, 'suspended-one');
    const headers = bearer(await operatorToken(broker));
    for (const at of [broker, other]) expect((await probe(token, at)).statusCode).toBe(200);

    await broker.call({ method: 'POST', url: `/v1/organizations/${id}/suspend`, headers });
    expect((await probe(token)).json()).toMatchObject({ detail: 'The organization of the token is suspended.' });
    await other.get(DomainEvents).readNew();
    expect((await probe(token, other)).statusCode).toBe(401);

    await broker.call({ method: 'POST', url: `/v1/organizations/${id}/resume`, headers });
    await other.get(DomainEvents).readNew();
    for (const at of [broker, other]) expect((await probe(token, at)).statusCode).toBe(200);
  });

  it('gives a suspended organization no token', async () => {
    const { id, clientId, clientSecret } = await anOrganization(broker, 'suspended-two');
    await broker.call({ method: 'POST', url: `/v1/organizations/${id}/suspend`, headers: bearer(await operatorToken(broker)) });
    const response = await requestToken(broker, { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret });
    expect([response.statusCode, response.json<{ error: string }>().error]).toEqual([401, 'invalid_client']);
  });

  it('ends the tokens of a deleted credential and leaves those of its successor', async () => {
    const { id, token, clientId } = await anOrganization(broker, 'rotating');
    const url = `/v1/organizations/${id}/credentials`;
    const next = (await broker.call({ method: 'POST', url, headers: bearer(token) })).json<{ clientId: string; clientSecret: string }>();
    const nextToken = await tokenFor(broker, next.clientId, next.clientSecret);
    expect((await probe(token, other)).statusCode).toBe(200);

    const deletion = await broker.call({ method: 'DELETE', url: `${url}/${clientId}`, headers: bearer(nextToken) });
    expect(deletion.statusCode).toBe(204);
    await other.get(DomainEvents).readNew();
    for (const at of [broker, other]) {
      expect((await probe(token, at)).json()).toMatchObject({ detail: expect.stringMatching(/no longer exists/) as string });
      expect((await probe(nextToken, at)).statusCode).toBe(200);
    }
  });

  it('publishes the key that tokens are signed with, and no private part of it', async () => {
    const response = await broker.call({ method: 'GET', url: '/.well-known/jwks.json' });
    const { keys } = response.json<{ keys: Record<string, string>[] }>();
    expect(response.headers['content-type']).toMatch(/^application\/jwk-set\+json/);
    expect(keys.map((key) => key.kid)).toEqual([broker.get(SigningKeys).current().kid]);
    expect(keys[0]).not.toHaveProperty('d');
    const metadata = (await broker.call({ method: 'GET', url: '/.well-known/oauth-authorization-server' })).json<object>();
    expect(metadata).toMatchObject({ issuer: issuerOf(broker.config), grant_types_supported: ['client_credentials'] });
  });
});
