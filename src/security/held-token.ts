/** Tokens under which something stays open: a stream, a session. */
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Database } from '../database/database.js';
import { DomainError } from '../problems/domain-error.js';
import type { Principal } from './principal.js';
import { TokenVerifier, type VerifiedPrincipal } from './token-verifier.js';

/** How often tokens are looked at, in milliseconds: what stays open ends within a second of their end. */
const LOOK_MS = 500;
/** How long before its expiry a newer token is asked for elsewhere, at every look. */
const ASK_MS = 2_500;

/** A token that keeps something open until it expires or is revoked, unless another one for the same caller takes its place. */
export class HeldToken {
  private readonly ended = new AbortController();
  /** Given when the token has ended; its reason is the DomainError `unauthenticated`. */
  readonly signal = this.ended.signal;
  private readonly closed = new AbortController();
  /** Given when what was open is closed. */
  readonly released = this.closed.signal;

  private findNewer: (() => Promise<VerifiedPrincipal | undefined>) | undefined;

  constructor(
    private held: VerifiedPrincipal,
    private readonly verifier: TokenVerifier,
    private readonly leave: (token: HeldToken) => void,
  ) {}

  /** Whom the token in force speaks for, and until when. */
  get principal(): VerifiedPrincipal {
    return this.held;
  }

  /**
   * Puts another token in force.
   * @throws DomainError `unauthenticated`; `forbidden` when it speaks for someone else
   */
  async renew(token: string): Promise<VerifiedPrincipal> {
    const next = await this.verifier.verify(token);
    this.replace(next);
    return next;
  }

  /** Puts a token in force that was verified already. @throws DomainError `forbidden` */
  replace(next: VerifiedPrincipal): void {
    if (callerOf(next) !== callerOf(this.held))
      throw new DomainError('forbidden', 'The token speaks for another caller than the one before.');
    this.held = next;
  }

  /** Lets a token that is about to expire be replaced by one that was shown elsewhere. */
  onExpiring(find: () => Promise<VerifiedPrincipal | undefined>): void {
    this.findNewer = find;
  }

  /** Looks whether the token still holds. */
  async look(now: number): Promise<void> {
    const { held } = this;
    if (held.expiresAt - now < ASK_MS) void this.ask();
    try {
      if (held.expiresAt <= now) throw new DomainError('unauthenticated', 'The token has expired.');
      await this.verifier.recheck(held);
    } catch (error) {
      // A database that does not answer ends nothing; the expiry is known without it.
      if (held === this.held && error instanceof DomainError && error.code === 'unauthenticated') this.ended.abort(error);
    }
  }

  /** Beside the expiry, which waits for no answer. */
  private async ask(): Promise<void> {
    const newer = await this.findNewer?.().catch(() => undefined);
    if (newer !== undefined && newer.expiresAt > this.held.expiresAt) this.held = newer;
  }

  /** What was open is closed. */
  release(): void {
    this.leave(this);
    this.closed.abort();
  }
}

/** Who is calling, whichever of its credentials it used: what a token may be replaced by. */
export function callerOf(principal: Principal): string {
  switch (principal.kind) {
    case 'operator':
      return 'operator';
    case 'organization':
      return `organization ${principal.organization}`;
    case 'twin':
      return `twin ${principal.organization} ${principal.twin}`;
  }
}

/** Watches over the tokens of what this broker keeps open. */
@Injectable()
export class HeldTokens implements OnModuleInit, OnModuleDestroy {
  private readonly tokens = new Set<HeldToken>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly verifier: TokenVerifier,
    private readonly database: Database,
  ) {}

  onModuleInit(): void {
    this.timer = setInterval(() => {
      const now = this.database.clock.now();
      for (const token of this.tokens) void token.look(now);
    }, LOOK_MS);
    this.timer.unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /** Keeps an eye on a token until it is released. @throws DomainError `unauthenticated` */
  async hold(token: string): Promise<HeldToken> {
    const held = new HeldToken(await this.verifier.verify(token), this.verifier, (gone) => this.tokens.delete(gone));
    this.tokens.add(held);
    return held;
  }
}
