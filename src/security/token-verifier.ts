import { Injectable } from '@nestjs/common';
import { errors, type JWTPayload, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import { Config } from '../config/config.js';
import { Database } from '../database/database.js';
import { DomainError } from '../problems/domain-error.js';
import { CredentialDirectory } from './credential-directory.js';
import { issuerOf } from './issuer.js';
import type { Principal } from './principal.js';
import { SigningKeys } from './signing-keys.js';
import { principalOf, TOKEN_ALGORITHM, TOKEN_TYPE } from './token-claims.js';

/** A principal and the time, in epoch milliseconds by the database's clock, at which its token stops speaking for it. */
export type VerifiedPrincipal = Principal & { readonly expiresAt: number };

const CLOCK_TOLERANCE_SECONDS = 5;
const MAX_TOKEN_LENGTH = 8192;
const MAX_REMEMBERED_TOKENS = 20_000;

function refused(detail: string, cause?: unknown): DomainError {
  return new DomainError('unauthenticated', detail, { cause });
}

/** Names the rule that a token broke, and nothing of what the broker expected instead. */
function refusalOf(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  if (error instanceof errors.JWTExpired) return refused('The token has expired.', error);
  if (error instanceof errors.JWTClaimValidationFailed) return refused(`The claim ${error.claim} of the token does not hold here.`, error);
  if (error instanceof errors.JOSEAlgNotAllowed) return refused('The token is not signed with the algorithm used here.', error);
  if (error instanceof errors.JWSSignatureVerificationFailed) return refused('The signature of the token does not verify.', error);
  return refused('The token is not a well-formed signed JWT.', error);
}

/**
 * Checks bearer tokens. Two facts are kept apart: that a token is genuine never changes, so it is remembered until the token expires
 * (by SHA-256, so that a memory dump holds no token); that its credential still lives may change at any moment, and is asked of
 * {@link CredentialDirectory} every time. Both are look-ups in memory once a token has been seen.
 */
@Injectable()
export class TokenVerifier {
  private readonly genuine = new LRUCache<string, VerifiedPrincipal>({ max: MAX_REMEMBERED_TOKENS });
  private readonly issuer: string;

  constructor(
    private readonly keys: SigningKeys,
    private readonly credentials: CredentialDirectory,
    private readonly database: Database,
    config: Config,
  ) {
    this.issuer = issuerOf(config);
  }

  /**
   * Whom the token speaks for. Whoever keeps a connection open under a token calls this again now and then: it throws once the token has
   * expired, its credential is deleted or its organization suspended.
   * @throws DomainError `unauthenticated`, its detail naming the rule that is broken
   */
  async verify(token: string): Promise<VerifiedPrincipal> {
    if (token.length > MAX_TOKEN_LENGTH) throw refused('The token is not a well-formed signed JWT.');
    let principal = this.genuine.get(token);
    if (principal === undefined || principal.expiresAt <= this.database.clock.now()) {
      principal = await this.check(token);
      this.genuine.set(token, principal);
    }
    if (!this.isLive(principal)) await this.recheck(principal);
    return principal;
  }

  /** Whether the credential behind a token is remembered as good, so that there is nothing to wait for. */
  private isLive({ subject }: Principal): boolean {
    return this.credentials.peek(subject)?.suspended === false;
  }

  /**
   * Whether the credential behind a token that was verified before still lives; says nothing of the token's expiry.
   * @throws DomainError `unauthenticated`
   */
  async recheck({ subject }: Principal): Promise<void> {
    const credential = this.credentials.peek(subject) ?? (await this.credentials.find(subject));
    if (credential === undefined) throw refused('The credential that the token was issued for no longer exists.');
    if (credential.suspended) throw refused('The organization of the token is suspended.');
  }

  private async check(token: string): Promise<VerifiedPrincipal> {
    try {
      const { payload } = await jwtVerify(token, ({ kid }) => this.keys.verificationKey(kid), {
        algorithms: [TOKEN_ALGORITHM],
        typ: TOKEN_TYPE,
        issuer: this.issuer,
        audience: this.issuer,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: new Date(this.database.clock.now()),
        requiredClaims: ['exp', 'iat', 'sub', 'client_id', 'jti'],
      });
      return this.principal(payload);
    } catch (error) {
      throw refusalOf(error);
    }
  }

  private principal(payload: JWTPayload): VerifiedPrincipal {
    const principal = principalOf(payload);
    if (principal === undefined) throw refused('The token does not say whom it speaks for.');
    return Object.freeze({ ...principal, expiresAt: (payload.exp ?? 0) * 1000 });
  }
}
