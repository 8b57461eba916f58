import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** How a delivery is signed. */
export const KEY_KINDS = ['hmac-sha256', 'ed25519'] as const;
export type KeyKind = (typeof KEY_KINDS)[number];

/** A key that signs the deliveries to one endpoint. */
export interface EndpointKey {
  readonly kind: KeyKind;
  /** Signs; the outcome is base64. */
  sign(content: Buffer): string;
}

/** Key material as it is sealed, with the public half of what has one. */
export interface NewEndpointKey {
  /** `whsec_<base64>` (HMAC) or `whsk_<base64 of PKCS #8>` (Ed25519). */
  readonly secret: string;
  /** `whpk_<base64 of 32 bytes>`. */
  readonly publicKey?: string;
}

const HMAC_BYTES = { least: 24, most: 64, made: 32 } as const;
const HMAC_SECRET = /^whsec_([A-Za-z0-9+/]+={0,2})$/;

/** Whether a caller's secret is one: `whsec_` and the base64 of 24 to 64 bytes, as Standard Webhooks has it. */
export function isHmacSecret(secret: string): boolean {
  const [, body = ''] = HMAC_SECRET.exec(secret) ?? [];
  const bytes = Buffer.from(body, 'base64');
  return bytes.length >= HMAC_BYTES.least && bytes.length <= HMAC_BYTES.most && bytes.toString('base64') === body;
}

/** New key material; of an HMAC key with the caller's secret, if there is one. */
export function newEndpointKey(kind: KeyKind, secret?: string): NewEndpointKey {
  switch (kind) {
    case 'hmac-sha256':
      return { secret: secret ?? `whsec_${randomBytes(HMAC_BYTES.made).toString('base64')}` };
    case 'ed25519': {
      const { privateKey, publicKey } = generateKeyPairSync('ed25519');
      return {
        secret: `whsk_${privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64')}`,
        publicKey: `whpk_${rawPublicKey(publicKey).toString('base64')}`,
      };
    }
  }
}

/** A key ready to sign, from its sealed material. */
export function readEndpointKey(kind: KeyKind, secret: string): EndpointKey {
  const bytes = Buffer.from(secret.slice(secret.indexOf('_') + 1), 'base64');
  switch (kind) {
    case 'hmac-sha256':
      return { kind, sign: (content) => createHmac('sha256', bytes).update(content).digest('base64') };
    case 'ed25519': {
      const key = createPrivateKey({ key: bytes, format: 'der', type: 'pkcs8' });
      return { kind, sign: (content) => sign(null, content, key).toString('base64') };
    }
  }
}

/** The public key of a text `whpk_…`, for verifying. */
export function readPublicKey(text: string): KeyObject {
  const x = Buffer.from(text.replace(/^whpk_/, ''), 'base64').toString('base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
}

function rawPublicKey(key: KeyObject): Buffer {
  return Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url');
}
