import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const VERSION = 'v1';
const CIPHER = 'aes-256-gcm';
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** The sealed text was made under another key, for another purpose, or was changed. Which, cannot be told. */
export class SealBroken extends Error {
  constructor(readonly purpose: string) {
    super(`The sealed secret for "${purpose}" cannot be opened.`);
    this.name = 'SealBroken';
  }
}

/**
 * Seals secrets that are kept in the database: AES-256-GCM under a key derived from the secret key by HKDF-SHA-256, with a salt of its own
 * for every seal, so that the nonces never run out. `v1.<base64url of salt, nonce, ciphertext and tag>`. The purpose is authenticated with
 * it: what was sealed for one place opens in no other.
 */
export class SealedSecrets {
  constructor(private readonly secretKey: string) {}

  seal(purpose: string, secret: string): string {
    const salt = randomBytes(SALT_BYTES);
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.keyFor(salt), nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(this.additionalData(purpose));
    const sealed = Buffer.concat([salt, nonce, cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `${VERSION}.${sealed.toString('base64url')}`;
  }

  /** @throws SealBroken */
  open(purpose: string, sealed: string): string {
    const [version, body, ...rest] = sealed.split('.');
    const bytes = Buffer.from(body ?? '', 'base64url');
    if (version !== VERSION || rest.length > 0 || bytes.length < SALT_BYTES + NONCE_BYTES + TAG_BYTES) throw new SealBroken(purpose);
    const salt = bytes.subarray(0, SALT_BYTES);
    const nonce = bytes.subarray(SALT_BYTES, SALT_BYTES + NONCE_BYTES);
    const decipher = createDecipheriv(CIPHER, this.keyFor(salt), nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(this.additionalData(purpose));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    try {
      return Buffer.concat([decipher.update(bytes.subarray(SALT_BYTES + NONCE_BYTES, -TAG_BYTES)), decipher.final()]).toString('utf8');
    } catch {
      throw new SealBroken(purpose);
    }
  }

  private keyFor(salt: Buffer): Buffer {
    return Buffer.from(hkdfSync('sha256', this.secretKey, salt, 'twinfed sealed secrets v1', 32));
  }

  private additionalData(purpose: string): Buffer {
    return Buffer.from(`twinfed ${VERSION} ${purpose}`);
  }
}
