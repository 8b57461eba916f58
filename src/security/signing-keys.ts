/**
 * Rotation, without any broker ever meeting a token whose key it does not know:
 *   1. a key older than ROTATE_AFTER gets a successor, published in the JWKS at once;
 *   2. only after ACTIVATE_AFTER is the successor used for signing; until then every broker and every reader of the JWKS has read it;
 *   3. RETIRE_AFTER after its successor came, a key is deleted: longer than the longest-lived token it can have signed.
 * Generations are unique, so that of brokers doing this together one succeeds and the others use its key.
 */
import { Injectable } from '@nestjs/common';
import { calculateJwkThumbprint, type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import { BackgroundTasks } from '../database/background-task.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { DomainError } from '../problems/domain-error.js';
import { Audit, BROKER } from './audit.js';
import { SealedSecrets } from './sealed-secrets.js';
import { SecretKeyError } from './secret-key.js';
import { SigningKeyRepository, type StoredSigningKey } from './signing-key.repository.js';
import { TOKEN_ALGORITHM } from './token-claims.js';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const REFRESH_MS = MINUTE_MS;
const ROTATE_AFTER_MS = 30 * DAY_MS;
/** Longer than brokers (REFRESH_MS) and readers of the JWKS (its max-age, 5 minutes) take to hear of a key. */
const ACTIVATE_AFTER_MS = 10 * MINUTE_MS;
/** ACTIVATE_AFTER_MS and the longest TOKEN_TTL (a day), with a day to spare. */
const RETIRE_AFTER_MS = 2 * DAY_MS + ACTIVATE_AFTER_MS;

/** A signing key, ready for use. */
export interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  /** The public half as shown in the JWKS. */
  readonly publicJwk: JWK;
}

/** The Ed25519 keys that sign access tokens: kept sealed in the database, rotated, shared by all brokers. */
@Injectable()
export class SigningKeys {
  private keys: ReadonlyMap<string, SigningKey> = new Map();
  private signing?: SigningKey;

  constructor(
    private readonly repository: SigningKeyRepository,
    private readonly secrets: SealedSecrets,
    private readonly uow: UnitOfWork,
    private readonly audit: Audit,
    private readonly tasks: BackgroundTasks,
  ) {}

  /**
   * Reads the keys, making the first, and keeps them fresh from then on.
   * @throws SecretKeyError when the keys in the database were sealed under another SECRET_KEY
   */
  async start(): Promise<void> {
    await this.refresh();
    this.tasks.every(REFRESH_MS, 'signing keys', () => this.refresh());
  }

  /** Reads the keys anew; makes the next and deletes old ones when it is time. */
  async refresh(): Promise<void> {
    let stored = await this.repository.all();
    const newest = stored[0];
    if (newest === undefined || newest.ageMs >= ROTATE_AFTER_MS) {
      await this.create((newest?.generation ?? 0) + 1);
      stored = await this.repository.all();
    }
    const opened = await Promise.all(stored.map(async (key) => this.keys.get(key.kid) ?? this.open(key)));
    const activated = stored.findIndex((key) => key.ageMs >= ACTIVATE_AFTER_MS);
    this.keys = new Map(opened.map((key) => [key.kid, key]));
    this.signing = opened.at(activated);
    await this.repository.deleteSuperseded(RETIRE_AFTER_MS);
  }

  /** The key to sign with. */
  current(): SigningKey {
    if (this.signing === undefined) throw new Error('The signing keys have not been read: SigningKeys.start() comes first.');
    return this.signing;
  }

  /** @throws DomainError `unauthenticated` when the key is none of ours */
  verificationKey(kid: string | undefined): CryptoKey {
    const key = kid === undefined ? undefined : this.keys.get(kid);
    if (key === undefined) throw new DomainError('unauthenticated', 'The token is not signed with a key of this broker.');
    return key.publicKey;
  }

  /** The public keys as a JWK Set (RFC 7517 §5). */
  jwks(): { keys: JWK[] } {
    return { keys: [...this.keys.values()].map((key) => key.publicJwk) };
  }

  private async create(generation: number): Promise<void> {
    const { privateKey } = await generateKeyPair(TOKEN_ALGORITHM, { crv: 'Ed25519', extractable: true });
    const jwk = await exportJWK(privateKey);
    const kid = await calculateJwkThumbprint(jwk);
    const sealedPrivateKey = this.secrets.seal(purposeOf(kid), JSON.stringify(jwk));
    await this.uow.run(async (tx) => {
      if (!(await this.repository.insert(tx, { kid, generation, sealedPrivateKey }))) return;
      this.audit.record(tx, { principal: BROKER, action: 'signing-key.create', subject: kid });
    });
  }

  private async open(stored: StoredSigningKey): Promise<SigningKey> {
    const jwk = JSON.parse(this.unseal(stored)) as JWK;
    const publicJwk = { kty: jwk.kty, crv: jwk.crv, x: jwk.x, kid: stored.kid, alg: TOKEN_ALGORITHM, use: 'sig' };
    const [privateKey, publicKey] = await Promise.all([importJWK(jwk, TOKEN_ALGORITHM), importJWK(publicJwk, TOKEN_ALGORITHM)]);
    if (privateKey instanceof Uint8Array || publicKey instanceof Uint8Array) throw new TypeError('A signing key is not an asymmetric key.');
    return { kid: stored.kid, privateKey, publicKey, publicJwk };
  }

  private unseal({ kid, sealedPrivateKey }: StoredSigningKey): string {
    try {
      return this.secrets.open(purposeOf(kid), sealedPrivateKey);
    } catch (error) {
      throw new SecretKeyError(
        'The signing keys in the database were sealed under another SECRET_KEY: set SECRET_KEY to the value (or restore the file secret.key ' +
          'in DATA_DIR) that this database was first started with.',
        { cause: error },
      );
    }
  }
}

function purposeOf(kid: string): string {
  return `signing-key:${kid}`;
}
