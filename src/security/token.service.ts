import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { SignJWT } from 'jose';
import { Config } from '../config/config.js';
import { Database } from '../database/database.js';
import { DomainError } from '../problems/domain-error.js';
import { secretMatches } from './client-secret.js';
import { CredentialDirectory } from './credential-directory.js';
import { FailureDamper } from './failure-damper.js';
import { issuerOf } from './issuer.js';
import { SigningKeys } from './signing-keys.js';
import { claimsOf, TOKEN_ALGORITHM, TOKEN_TYPE } from './token-claims.js';

/** A signed access token and its lifetime in seconds. */
export interface IssuedToken {
  token: string;
  expiresInSeconds: number;
}

/** What a client shows to get a token. */
export interface ClientProof {
  clientId: string;
  clientSecret: string;
  /** Where the call came from; failures are counted by client and address, so that nobody can lock another out. */
  address: string;
}

/** Exchanges client credentials for short-lived access tokens. */
@Injectable()
export class TokenService {
  private readonly issuer: string;

  constructor(
    private readonly credentials: CredentialDirectory,
    private readonly keys: SigningKeys,
    private readonly damper: FailureDamper,
    private readonly database: Database,
    private readonly config: Config,
  ) {
    this.issuer = issuerOf(config);
  }

  /**
   * @throws DomainError `unauthenticated` when the client is unknown, its secret wrong or its organization suspended: which, is not told;
   * `rate-limited` after too many failures
   */
  async issue({ clientId, clientSecret, address }: ClientProof): Promise<IssuedToken> {
    const attempt = `${clientId.slice(0, 128)}\n${address}`;
    this.damper.check(attempt);
    const credential = await this.credentials.find(clientId);
    // Compared even when the client is unknown, so that the time taken does not tell which ids exist.
    const matches = secretMatches(clientSecret, credential?.secretHash);
    if (credential === undefined || !matches || credential.suspended) {
      this.damper.fail(attempt);
      throw new DomainError('unauthenticated', 'The client is unknown, its secret is wrong, or its organization is suspended.');
    }
    this.damper.clear(attempt);
    const { kid, privateKey } = this.keys.current();
    const issuedAt = Math.floor(this.database.clock.now() / 1000);
    const token = await new SignJWT(claimsOf(credential.principal))
      .setProtectedHeader({ alg: TOKEN_ALGORITHM, typ: TOKEN_TYPE, kid })
      .setIssuer(this.issuer)
      .setAudience(this.issuer)
      .setSubject(credential.principal.subject)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + this.config.tokenTtlSeconds)
      .setJti(randomUUID())
      .sign(privateKey);
    return { token, expiresInSeconds: this.config.tokenTtlSeconds };
  }
}
