import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { BackgroundTasks } from '../database/background-task.js';
import { Database } from '../database/database.js';
import { DomainError } from '../problems/domain-error.js';
import { callerOf, type HeldToken, HeldTokens } from './held-token.js';
import type { VerifiedPrincipal } from './token-verifier.js';

/** A stream of events that is open under a token. */
export interface OpenStream {
  /** By which its token is renewed. */
  readonly id: string;
  /** Epoch milliseconds by the database's clock. */
  readonly expiresAt: number;
  /** Given when the token has ended. */
  readonly signal: AbortSignal;
  close(): void;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const FORGET_MS = 3_600_000;

const OPEN_SQL = 'INSERT INTO open_stream (id, caller, subject, expires_at) VALUES ($1, $2, $3, to_timestamp($4 / 1000.0))';
const CLOSE_SQL = 'DELETE FROM open_stream WHERE id = $1';
/** A token that expires earlier than the one shown before changes nothing. Rides the primary key. */
const RENEW_SQL = `
  UPDATE open_stream
     SET subject = CASE WHEN expires_at < to_timestamp($4 / 1000.0) THEN $3 ELSE subject END,
         expires_at = greatest(expires_at, to_timestamp($4 / 1000.0))
   WHERE id = $1 AND caller = $2
  RETURNING expires_at AS "expiresAt"`;
const FIND_SQL = 'SELECT subject, expires_at AS "expiresAt" FROM open_stream WHERE id = $1';
/** What a broker left behind that was killed. Rides open_stream_expires_at_idx. */
const FORGET_SQL = "DELETE FROM open_stream WHERE expires_at < clock_timestamp() - interval '1 hour'";

/**
 * Streams that are open under tokens. Events go one way, so a new token comes by a request of its own, which any broker may get: it leaves in the
 * database until when the stream may go on, and the broker that holds the stream looks there before it closes it.
 */
@Injectable()
export class OpenStreams {
  private readonly logger = new Logger(OpenStreams.name);
  private readonly held = new Map<string, HeldToken>();

  constructor(
    private readonly tokens: HeldTokens,
    private readonly database: Database,
    tasks: BackgroundTasks,
  ) {
    tasks.every(FORGET_MS, 'forgetting open streams', async () => {
      await this.database.query(FORGET_SQL);
    });
  }

  /** @throws DomainError `unauthenticated` */
  async open(bearer: string): Promise<OpenStream> {
    const token = await this.tokens.hold(bearer);
    const { principal } = token;
    const id = randomUUID();
    try {
      await this.database.query(OPEN_SQL, [id, callerOf(principal), principal.subject, principal.expiresAt]);
    } catch (error) {
      token.release();
      throw error;
    }
    token.onExpiring(() => this.find(id, principal));
    this.held.set(id, token);
    return { id, expiresAt: principal.expiresAt, signal: token.signal, close: () => this.close(id, token) };
  }

  /**
   * Lets a stream go on until the token of this caller expires; gives until when it may.
   * @throws DomainError `not-found` when there is no such stream, or it is another caller's
   */
  async renew(id: string, principal: VerifiedPrincipal): Promise<Date> {
    const parameters = [id, callerOf(principal), principal.subject, principal.expiresAt];
    const [row] = UUID.test(id) ? await this.database.query<{ expiresAt: Date }>(RENEW_SQL, parameters) : [];
    if (row === undefined) throw new DomainError('not-found', `The caller has no open stream ${id}.`);
    const token = this.held.get(id);
    if (token !== undefined && token.principal.expiresAt < principal.expiresAt) token.replace(principal);
    return row.expiresAt;
  }

  private async find(id: string, principal: VerifiedPrincipal): Promise<VerifiedPrincipal | undefined> {
    const [row] = await this.database.query<{ subject: string; expiresAt: Date }>(FIND_SQL, [id]);
    return row && { ...principal, subject: row.subject, expiresAt: row.expiresAt.getTime() };
  }

  private close(id: string, token: HeldToken): void {
    this.held.delete(id);
    token.release();
    this.database.query(CLOSE_SQL, [id]).catch((error: unknown) => {
      this.logger.warn({ err: error }, 'A closed stream is remembered as open for an hour.');
    });
  }
}
