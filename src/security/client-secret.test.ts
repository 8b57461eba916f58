import { hashSecret, isClientId, mintClientId, mintClientSecret, secretMatches, slugOf } from './client-secret.js';

describe('client secrets', () => {
  it('match their own hash only, and never a missing one', () => {
    const secret = mintClientSecret();
    expect(secretMatches(secret, hashSecret(secret))).toBe(true);
    expect(secretMatches(`${secret}x`, hashSecret(secret))).toBe(false);
    expect(secretMatches(secret, undefined)).toBe(false);
  });

  it('hold 256 bits', () => {
    expect(Buffer.from(mintClientSecret(), 'base64url')).toHaveLength(32);
  });
});

describe('client ids', () => {
  it.each([
    ['org', 'city-traffic', /^org_city-traffic_[0-9a-f]{16}$/],
    ['twin', 'urn:example:twin:Traffic', /^twin_traffic_[0-9a-f]{16}$/],
    ['twin', 'https://example.org/twins/a%20b/', /^twin_a-20b_[0-9a-f]{16}$/],
    ['twin', 'urn:x:***', /^twin_x_[0-9a-f]{16}$/],
    ['twin', `urn:x:${'y'.repeat(500)}`, /^twin_y{63}_[0-9a-f]{16}$/],
  ] as const)('of %s %s remind of it', (kind, about, form) => {
    const id = mintClientId(kind, about);
    expect(id).toMatch(form);
    expect(isClientId(id)).toBe(true);
  });

  it.each(['', 'a b', 'a\u0000', 'Ä', '../x', 'x'.repeat(129)])('%j is none', (text) => {
    expect(isClientId(text)).toBe(false);
  });
});

describe('slugOf', () => {
  it.each([
    ['Stadtwerke Köln & Bonn', 'stadtwerke-koln-bonn'],
    ['  --Fire--  ', 'fire'],
    ['東京', ''],
    [`${'a'.repeat(62)} b`, 'a'.repeat(62)],
  ])('turns %j into %j', (text, slug) => {
    expect(slugOf(text)).toBe(slug);
  });
});
