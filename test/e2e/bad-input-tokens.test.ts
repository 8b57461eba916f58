import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import {
  base64url,
  calculateJwkThumbprint,
  type CryptoKey,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  importJWK,
  type JWK,
  SignJWT,
} from 'jose';
import { SealedSecrets } from '../../src/security/sealed-secrets.js';
import type { Answer } from './support/http-client.js';
import { expectRefusal, registryOf } from './support/refusals.js';
import { RunningBroker, type TestOrganization } from './support/running-broker.js';

const SECRET_KEY = 'a-secret-key-shared-by-the-brokers-of-the-tests';
const TWIN = { name: 'Evil', domain: 'traffic' };
type Claims = Record<string, unknown>;

/** The parts of a token, read without checking it. */
function partsOf(token: string): { header: Claims; claims: Claims; signature: string } {
  const [header = '', claims = '', signature = ''] = token.split('.');
  const read = (part: string): Claims => JSON.parse(new TextDecoder().decode(base64url.decode(part))) as Claims;
  return { header: read(header), claims: read(claims), signature };
}

const written = (part: unknown): string => base64url.encode(JSON.stringify(part));

describe('tokens that are none', () => {
  let broker: RunningBroker;
  let city: TestOrganization;
  let before: string;
  let published: JWK;
  let own: CryptoKey | Uint8Array;
  let header: Claims;
  let claims: Claims;
  let signature: string;
  beforeAll(async () => {
    broker = await RunningBroker.start();
    city = await broker.createOrganization('city');
    before = await registryOf(broker, city);
    ({ header, claims, signature } = partsOf(city.token));
    const { body } = await broker.api<{ keys: JWK[] }>('GET', '/.well-known/jwks.json');
    published = body.keys.find((key) => key.kid === header['kid']) ?? {};
    own = await importJWK(await privateKeyOfTheBroker(), 'EdDSA');
  });
  afterEach(async () => expect(await registryOf(broker, city)).toBe(before));
  afterAll(() => broker.close());

  /** The broker's own signing key, opened as only its operator could: for tokens that are wrong in nothing but their claims. */
  async function privateKeyOfTheBroker(): Promise<JWK> {
    const database = await broker.database.open(1);
    try {
      const [row] = await database.query<{ kid: string; sealed: string }>(
        'SELECT kid, sealed_private_key AS sealed FROM signing_key WHERE kid = $1',
        [header['kid']],
      );
      return JSON.parse(new SealedSecrets(SECRET_KEY).open(`signing-key:${row?.kid}`, row?.sealed ?? '')) as JWK;
    } finally {
      await database.close();
    }
  }

  /** Signs with any key and algorithm; the header and the claims of a true token with some of them changed. */
  const signed = (key: CryptoKey | Uint8Array, changedHeader: Claims = {}, changedClaims: Claims = {}): Promise<string> =>
    new SignJWT({ ...claims, ...changedClaims }).setProtectedHeader({ ...header, alg: 'EdDSA', ...changedHeader }).sign(key);

  /** Tries to read, to write and to send with the token. */
  async function expectRefused(token: string, rule: RegExp): Promise<void> {
    const tries: [string, string, object?][] = [['GET', '/v1/twins'], ['POST', '/v1/twins', TWIN], ['POST', '/v1/messages', {}], ['GET', '/v1/organizations/city']]; // prettier-ignore
    for (const [method, path, body] of tries) {
      const answer = await broker.api(method, path, body, token);
      expectRefusal(answer, 401, 'unauthenticated', rule);
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer .*error="invalid_token"/);
    }
  }

  it('are told from one that is signed by the broker’s key', async () => {
    expect(await broker.api('GET', '/v1/twins', undefined, await signed(own))).toMatchObject({ status: 200 });
  });

  it.each(['none', 'None', 'NONE', 'nOnE', ''])('is refused with alg %j and no signature', async (alg) => {
    for (const end of ['', signature])
      await expectRefused(`${written({ ...header, alg })}.${written(claims)}.${end}`, /algorithm|well-formed/);
  });

  it('is refused without an algorithm or without a signature', async () => {
    await expectRefused(`${written({ ...header, alg: undefined })}.${written(claims)}.${signature}`, /well-formed|algorithm/);
    await expectRefused(`${written(header)}.${written(claims)}.`, /signature|well-formed/);
  });

  it('is refused when it is signed by another key, under any name', async () => {
    const stranger = await generateKeyPair('EdDSA', { extractable: true });
    const jwk = await exportJWK(stranger.publicKey);
    await expectRefused(await signed(stranger.privateKey), /signature/);
    await expectRefused(await signed(stranger.privateKey, { jwk }), /signature/);
    await expectRefused(await signed(stranger.privateKey, { kid: await calculateJwkThumbprint(jwk), jwk }), /key of this broker/);
    await expectRefused(
      await signed(stranger.privateKey, { jku: 'https://evil.example/jwks.json', x5u: 'https://evil.example' }),
      /signature/,
    );
    for (const kid of [undefined, '', '../../dev/null', "' OR 1=1 --", '__proto__', 'a'.repeat(3_000), '\0']) {
      await expectRefused(await signed(stranger.privateKey, { kid }), /key of this broker|well-formed/);
    }
    for (const kid of [5, null, {}, [published.kid]]) {
      await expectRefused(`${written({ ...header, kid })}.${written(claims)}.${signature}`, /key of this broker|well-formed|signature/);
    }
  });

  it('is refused when it is signed by another algorithm', async () => {
    for (const alg of ['ES256', 'RS256', 'PS256', 'ES512']) {
      await expectRefused(await signed((await generateKeyPair(alg)).privateKey, { alg }), /algorithm/);
    }
  });

  it('is refused when the public key served as the secret of an HMAC', async () => {
    const publicKey = createPublicKey({ key: published as never, format: 'jwk' });
    const secrets = [
      publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      publicKey.export({ type: 'spki', format: 'der' }),
      base64url.decode(published.x ?? ''),
      published.x ?? '',
      JSON.stringify(published),
      await exportSPKI(publicKey),
    ].map((secret) => new Uint8Array(Buffer.from(secret as string)));
    for (const secret of secrets) {
      for (const alg of ['HS256', 'HS384', 'HS512']) await expectRefused(await signed(secret, { alg }), /algorithm/);
    }
  });

  it('is refused when anything in it was changed after it was signed', async () => {
    const [head = '', body = ''] = city.token.split('.');
    await expectRefused(`${head}.${written({ ...claims, kind: 'operator' })}.${signature}`, /signature/);
    await expectRefused(`${head}.${written({ ...claims, org: 'another' })}.${signature}`, /signature/);
    await expectRefused(`${head}.${written({ ...claims, exp: 9_999_999_999 })}.${signature}`, /signature/);
    await expectRefused(`${written({ ...header, more: true })}.${body}.${signature}`, /signature/);
    await expectRefused(`${head}.${body}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`, /signature/);
    await expectRefused(`${head}.${body}.${signature.slice(0, 40)}`, /signature|well-formed/);
  });

  it.each<[what: string, claims: Claims, header: Claims, rule: RegExp]>([
    ['it has expired', { exp: 1_700_000_000 }, {}, /expired/],
    ['it expired a minute ago', { exp: Math.floor(Date.now() / 1000) - 60 }, {}, /expired/],
    ['it never expires', { exp: undefined }, {}, /exp/],
    ['its expiry is a word', { exp: 'never' }, {}, /exp/],
    ['it is not valid yet', { nbf: Math.floor(Date.now() / 1000) + 3_600 }, {}, /nbf/],
    ['it is for another audience', { aud: 'https://elsewhere.example' }, {}, /aud/],
    ['it is by another issuer', { iss: 'https://elsewhere.example' }, {}, /iss/],
    ['it is by nobody', { iss: undefined }, {}, /iss/],
    ['it has no subject', { sub: undefined }, {}, /sub/],
    ['its subject is not its client', { sub: 'operator' }, {}, /whom/],
    ['its client does not exist', { sub: 'org_ghost', client_id: 'org_ghost' }, {}, /credential/],
    ['it speaks for nothing', { kind: undefined }, {}, /whom/],
    ['it speaks for a god', { kind: 'god' }, {}, /whom/],
    ['its organization is none', { org: '../etc' }, {}, /well-formed|whom/],
    ['its twin is none', { kind: 'twin', twin: 'a b' }, {}, /well-formed|whom/],
    ['it is another kind of JWT', {}, { typ: 'JWT' }, /typ/],
    ['it is an id token', {}, { typ: undefined }, /typ/],
    ['it has a critical extension', {}, { crit: ['evil'], evil: true }, /./],
  ])('is refused when %s', async (_what, changedClaims, changedHeader, rule) => {
    const kept = Object.fromEntries(Object.entries({ ...claims, ...changedClaims }).filter(([, value]) => value !== undefined));
    const head = written({ ...header, ...changedHeader });
    const key = createPrivateKey({ key: (await privateKeyOfTheBroker()) as never, format: 'jwk' });
    const text = `${head}.${written(kept)}`;
    await expectRefused(`${text}.${base64url.encode(sign(null, Buffer.from(text), key))}`, rule);
  });

  it('is refused when its claims are no object', async () => {
    const key = createPrivateKey({ key: (await privateKeyOfTheBroker()) as never, format: 'jwk' });
    for (const body of ['[]', 'null', '5', '{"exp":', '']) {
      const text = `${written(header)}.${base64url.encode(body)}`;
      await expectRefused(`${text}.${base64url.encode(sign(null, Buffer.from(text), key))}`, /well-formed/);
    }
  });

  it.each(['a', 'a.b', 'a.b.c', 'a.b.c.d.e', '..', '.', 'null', '{}', 'a'.repeat(9_000), '%00', 'eyJhbGciOiJub25lIn0.e30.'])(
    'is refused when it is %.30s',
    async (token) => {
      await expectRefused(token, /well-formed|algorithm/);
    },
  );

  it.each([
    ['none at all', undefined],
    ['an empty header', ''],
    ['the scheme alone', 'Bearer'],
    ['Basic with good credentials', 'Basic'],
    ['another scheme', 'Negotiate abc'],
    ['the token alone', 'token'],
    ['Digest', 'Digest username="operator"'],
  ])('is asked for when there is %s', async (_what, sent) => {
    const basic = Buffer.from(`${city.clientId}:${city.clientSecret}`).toString('base64');
    const authorization = sent === 'Basic' ? `Basic ${basic}` : sent === 'token' ? city.token : sent;
    for (const [method, path, body] of [
      ['GET', '/v1/twins'],
      ['POST', '/v1/twins', TWIN],
      ['POST', '/v1/messages', {}],
      ['GET', '/metrics'],
      ['GET', '/v1/audit'],
    ] as const) {
      const answer: Answer = await broker.api(method, path, body, undefined, authorization === undefined ? {} : { authorization });
      expectRefusal(answer, 401, 'unauthenticated', /bearer token/);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="twinfed"');
    }
  });

  it('is refused once its credential is deleted', async () => {
    const path = '/v1/organizations/city/credentials';
    const made = await broker.api<{ clientId: string; clientSecret: string }>('POST', path, {}, city.token);
    const token = await broker.tokenFor(made.body.clientId, made.body.clientSecret);
    expect((await broker.api('GET', '/v1/twins', undefined, token)).status).toBe(200);
    expect((await broker.api('DELETE', `${path}/${made.body.clientId}`, undefined, city.token)).status).toBe(204);
    await expectRefused(token, /credential/);
  });

  it('has met nothing that it did not expect', () => {
    expect(broker.log).not.toMatch(/"level":"error"/);
  });
});
