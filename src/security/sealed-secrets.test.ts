import fc from 'fast-check';
import { SealBroken, SealedSecrets } from './sealed-secrets.js';

const secrets = new SealedSecrets('a secret key that is long enough');

/** The sealed text with one bit of its body flipped. */
function withFlippedBit(sealed: string, bit: number): string {
  const body = Buffer.from(sealed.slice(3), 'base64url');
  const index = Math.floor(bit / 8) % body.length;
  body.writeUInt8(body.readUInt8(index) ^ (1 << (bit % 8)), index);
  return `v1.${body.toString('base64url')}`;
}

describe('SealedSecrets', () => {
  it('opens what it sealed, whatever the purpose and the text', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ unit: 'grapheme' }), (purpose, secret) => {
        expect(secrets.open(purpose, secrets.seal(purpose, secret))).toBe(secret);
      }),
      { numRuns: 50 },
    );
  });

  it('seals the same secret differently each time', () => {
    expect(secrets.seal('p', 'secret')).not.toBe(secrets.seal('p', 'secret'));
  });

  it('does not open under another key or for another purpose', () => {
    const sealed = secrets.seal('signing-key:1', 'secret');
    expect(() => new SealedSecrets('another secret key, also long').open('signing-key:1', sealed)).toThrow(SealBroken);
    expect(() => secrets.open('signing-key:2', sealed)).toThrow(SealBroken);
  });

  it('does not open when any bit was changed', () => {
    const sealed = secrets.seal('p', 'secret');
    const bits = Buffer.from(sealed.slice(3), 'base64url').length * 8;
    for (let bit = 0; bit < bits; bit += 1) expect(() => secrets.open('p', withFlippedBit(sealed, bit))).toThrow(SealBroken);
  });

  it.each(['', 'v1', 'v1.', 'v1.AAAA', 'v2.AAAA', 'nothing of ours'])('does not open %j', (text) => {
    expect(() => secrets.open('p', text)).toThrow(SealBroken);
  });

  it('does not open what was cut short, prolonged or marked with another version', () => {
    const sealed = secrets.seal('p', 'secret');
    for (const text of [sealed.slice(0, -4), `${sealed}AAAA`, `${sealed}.AAAA`, sealed.replace('v1.', 'v2.')]) {
      expect(() => secrets.open('p', text)).toThrow(SealBroken);
    }
  });
});
