import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { Logger } from '@nestjs/common';
import type { WebSocket } from 'ws';
import { InvalidId, parseTwinId, type TwinId } from '../../kernel/ids.js';
import { type DomainError } from '../../problems/domain-error.js';
import { problemDocument, toDomainError } from '../../problems/problem-document.js';
import type { Presence } from '../../registry/lease/presence.js';
import type { HeldToken } from '../../security/held-token.js';
import type { Principal } from '../../security/principal.js';
import { backOffMs } from '../inbox/inbox.service.js';
import type { AcceptanceService } from '../message/acceptance.service.js';
import type { SenderAuthority } from '../message/sender-authority.js';
import { type ClientFrame, readClientFrame } from './client-frame.js';
import { InboxReader, type ReaderSession, type ReaderTools } from './inbox-reader.js';
import type { Blame } from './lease-keeper.js';
import { Outbox } from './outbox.js';
import type { PublishBudget } from './publish-budget.js';
import { Publisher, type PublisherSession } from './publisher.js';
import { endedFrame, pongFrame, tokenFrame, welcomeFrame } from './server-frame.js';
import { CLOSE_CODES, closeReason, SessionEnd } from './session-end.js';
import { DEFAULT_HOLD_SECONDS, EXTEND_MS, FIRST_TOKEN_MS, HEARTBEAT_MS, MAX_INBOXES } from './session-limits.js';

/** What a session needs of the broker. */
export interface SessionTools extends ReaderTools {
  readonly acceptance: AcceptanceService;
  readonly authority: SenderAuthority;
  readonly budget: PublishBudget;
  readonly presence: Presence;
  readonly logger: Logger;
  /** Checks a first token. @throws DomainError, SessionEnd */
  admit(token: string): Promise<HeldToken>;
}

/** One connection: takes frames in, knows whose they are, and ends in order. */
export class Session implements ReaderSession, PublisherSession {
  readonly id = randomUUID();
  readonly outbox: Outbox;
  private readonly publisher: Publisher;
  private readonly readers = new Map<TwinId, InboxReader>();
  private readonly presences = new Map<TwinId, () => void>();
  /** Inboxes that this session has read: frames on them may still be under way. */
  private readonly read = new Set<TwinId>();
  private token: HeldToken | undefined;
  private checking = false;
  private seenAt = performance.now();
  private pingedAt = performance.now();
  private extendedAt = performance.now();
  private leaving: Promise<void> | undefined;
  private readonly late: NodeJS.Timeout;
  private readonly gone: Promise<void>;

  constructor(
    private readonly webSocket: WebSocket,
    socket: Socket,
    private readonly tools: SessionTools,
  ) {
    this.outbox = new Outbox(webSocket, socket);
    this.publisher = new Publisher(this, tools.acceptance, tools.budget);
    webSocket.on('message', (data: Buffer, isBinary) => {
      this.hear(data, isBinary);
    });
    webSocket.on('pong', () => {
      this.seenAt = performance.now();
    });
    // What is wrong with the wire itself: ws has sent the close frame already.
    webSocket.on('error', () => undefined);
    this.late = setTimeout(() => this.fail(new SessionEnd('token', 'no token came in time')), FIRST_TOKEN_MS);
    this.gone = new Promise((resolve) => {
      webSocket.once('close', () => {
        void this.leave('consumer').then(resolve);
      });
    });
  }

  /** Who is at the other end. */
  get principal(): Principal {
    if (this.token === undefined) throw new SessionEnd('token', 'no token yet');
    return this.token.principal;
  }

  /** Left unread while the broker holds too much. */
  get sender(): WebSocket {
    return this.webSocket;
  }

  /** Resolves when the connection is closed and nothing of it is left. */
  get over(): Promise<void> {
    return this.gone;
  }

  /** The token is good: the session may begin. */
  welcome(token: HeldToken): void {
    if (this.leaving !== undefined) {
      token.release();
      return;
    }
    clearTimeout(this.late);
    this.token = token;
    token.signal.addEventListener('abort', () => this.fail(new SessionEnd('token', toDomainError(token.signal.reason).detail)));
    this.outbox.send(welcomeFrame(this.id, token.principal.expiresAt, Publisher.window));
  }

  /** What is due by the clock: is the other end still there, are leases to be extended, may the inboxes still be read? */
  tick(now: number): void {
    if (this.webSocket.isPaused) this.seenAt = now;
    if (now - this.seenAt > HEARTBEAT_MS * 2) {
      this.webSocket.terminate();
      return;
    }
    if (now - this.pingedAt >= HEARTBEAT_MS) {
      this.pingedAt = now;
      this.webSocket.ping();
    }
    const extend = now - this.extendedAt >= EXTEND_MS;
    if (extend) this.extendedAt = now;
    for (const reader of this.readers.values()) {
      this.tools.authority.requireOwner(this.principal, reader.inbox).catch((error: unknown) => this.refuse(reader, toDomainError(error)));
      if (extend) reader.leases.extendLeases(now).catch((error: unknown) => this.note(error));
    }
  }

  /** Ends the session, with the code that the error stands for. */
  fail(error: unknown): void {
    if (this.leaving !== undefined) return;
    const end = error instanceof SessionEnd ? error : new SessionEnd('failed', 'the broker failed; its log says why');
    if (end !== error) this.tools.logger.error({ err: error, session: this.id }, 'A session failed.');
    this.outbox.flush();
    this.webSocket.close(end.code, closeReason(end.reason));
    void this.leave('consumer');
  }

  /** Ends the session because the broker stops: what was begun is answered, what is in hand is given back, then the client is told. */
  async farewell(limitMs: number): Promise<void> {
    const late = setTimeout(() => this.webSocket.terminate(), limitMs);
    await this.leave('broker');
    this.outbox.flush();
    this.webSocket.close(CLOSE_CODES.restart, 'the broker stops');
    await this.gone;
    clearTimeout(late);
  }

  refuse(reader: InboxReader, error: DomainError): void {
    // A database that does not answer ends nothing.
    if (this.readers.get(reader.inbox) !== reader || error.code === 'database-unavailable' || error.code === 'internal') return;
    this.stop(reader, error);
  }

  note(error: unknown): void {
    this.tools.logger.warn({ err: error, session: this.id }, 'A session has to try again.');
  }

  private hear(data: Buffer, isBinary: boolean): void {
    this.seenAt = performance.now();
    if (this.leaving !== undefined) return;
    try {
      if (isBinary) throw new SessionEnd('binary', 'frames are JSON text');
      const frame = readClientFrame(data.toString());
      if (this.token === undefined && (frame.op !== 'token' || this.checking)) {
        throw new SessionEnd('protocol', this.checking ? 'wait for welcome' : 'the first frame must be a token');
      }
      this.obey(frame, data.length);
    } catch (error) {
      this.fail(error);
    }
  }

  private obey(frame: ClientFrame, bytes: number): void {
    switch (frame.op) {
      case 'publish':
        return this.publisher.take(frame.n, frame.message, bytes);
      case 'ack':
        this.reader(frame.inbox)?.leases.ack(frame);
        if (frame.credit !== undefined) this.reader(frame.inbox)?.grant(frame.credit);
        return;
      case 'credit':
        return this.reader(frame.inbox)?.grant(frame.messages);
      case 'receive':
        return this.receive(frame);
      case 'nack':
        return this.nack(frame);
      case 'extend':
        return this.reader(frame.inbox)?.leases.touch(frame, performance.now());
      case 'stop': {
        const reader = this.reader(frame.inbox);
        return reader && this.stop(reader);
      }
      case 'token':
        if (this.checking) throw new SessionEnd('protocol', 'one token at a time');
        this.checking = true;
        this.take(frame.token)
          .catch((error: unknown) => this.fail(error))
          .finally(() => (this.checking = false));
        return;
      case 'ping':
        return this.outbox.send(pongFrame(frame.n));
    }
  }

  /** A first token begins the session; a later one that is no good leaves the one before in force. */
  private async take(token: string): Promise<void> {
    try {
      if (this.token === undefined) {
        this.welcome(await this.tools.admit(token));
        return;
      }
      const { expiresAt } = await this.token.renew(token);
      this.outbox.send(tokenFrame({ expiresAt }));
    } catch (error) {
      const refusal = toDomainError(error);
      if (refusal.code === 'internal') throw error;
      if (this.token === undefined) throw new SessionEnd(refusal.code === 'rate-limited' ? 'policy' : 'token', refusal.detail);
      this.outbox.send(tokenFrame({ problem: problemDocument(refusal) }));
    }
  }

  private receive({ inbox, credit, consumer, holdSeconds = DEFAULT_HOLD_SECONDS }: ClientFrame & { op: 'receive' }): void {
    const twin = twinOf(inbox);
    if (this.readers.has(twin)) throw new SessionEnd('protocol', 'the inbox is being read already');
    if (this.readers.size >= MAX_INBOXES) throw new SessionEnd('policy', `a session reads at most ${MAX_INBOXES} inboxes`);
    const permit = async (): Promise<void> => {
      await this.tools.authority.requireOwner(this.principal, twin);
      if (this.leaving === undefined) this.presences.set(twin, this.tools.presence.stays(twin));
    };
    const terms = { credit, consumer: consumer ?? `session ${this.id}`, holdMs: holdSeconds * 1_000, permit };
    this.read.add(twin);
    this.readers.set(twin, new InboxReader(twin, terms, this.tools, this));
  }

  private nack({ inbox, n, delayMs, reason = 'refused by the consumer' }: ClientFrame & { op: 'nack' }): void {
    const now = this.tools.database.clock.now();
    const notBefore = (attempts: number): number => Math.round(now + (delayMs ?? backOffMs(attempts)));
    this.reader(inbox)
      ?.leases.nack(n, notBefore, reason)
      .catch((error: unknown) => (error instanceof SessionEnd ? this.fail(error) : this.note(error)));
  }

  /** The reader of an inbox; undefined when it is not read any more. @throws SessionEnd when it never was */
  private reader(inbox: string): InboxReader | undefined {
    const twin = twinOf(inbox);
    const reader = this.readers.get(twin);
    if (reader === undefined && !this.read.has(twin)) throw new SessionEnd('protocol', 'the inbox is not being read');
    return reader;
  }

  /** Reads an inbox no more; the client is told once everything is given back. */
  private stop(reader: InboxReader, error?: DomainError): void {
    const { inbox } = reader;
    this.readers.delete(inbox);
    this.presences.get(inbox)?.();
    this.presences.delete(inbox);
    reader
      .close('consumer')
      .catch((failure: unknown) => this.note(failure))
      .finally(() => this.outbox.send(endedFrame(inbox, error && problemDocument(error))));
  }

  /** Ends everything that goes on under the session; resolves when it is done. */
  private leave(blame: Blame): Promise<void> {
    this.leaving ??= this.wrapUp(blame);
    return this.leaving;
  }

  private async wrapUp(blame: Blame): Promise<void> {
    clearTimeout(this.late);
    for (const leave of this.presences.values()) leave();
    const readers = [...this.readers.values()].map((reader) => reader.close(blame).catch((error: unknown) => this.note(error)));
    await Promise.all([this.publisher.close(), ...readers]);
    this.token?.release();
  }
}

function twinOf(inbox: string): TwinId {
  try {
    return parseTwinId(inbox);
  } catch (error) {
    if (error instanceof InvalidId) throw new SessionEnd('protocol', `inbox ${error.detail}`);
    throw error;
  }
}
