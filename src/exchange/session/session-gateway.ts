import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { type BeforeApplicationShutdown, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type ServerOptions, WebSocketServer } from 'ws';
import { Config } from '../../config/config.js';
import { Database } from '../../database/database.js';
import { DomainError } from '../../problems/domain-error.js';
import { toDomainError } from '../../problems/problem-document.js';
import { Presence } from '../../registry/lease/presence.js';
import { bearerToken } from '../../security/caller-authentication.js';
import { callerOf, type HeldToken, HeldTokens } from '../../security/held-token.js';
import { ClaimService } from '../inbox/claim.service.js';
import { Inboxes } from '../inbox/inboxes.js';
import { SourceDirectory } from '../inbox/source-directory.js';
import { Undertaker } from '../dead-letter/undertaker.js';
import { Wakeups } from '../log/wakeups.js';
import { AcceptanceService } from '../message/acceptance.service.js';
import { SenderAuthority } from '../message/sender-authority.js';
import { handleUpgrades, refuseUpgrade } from './http-upgrade.js';
import { PublishBudget } from './publish-budget.js';
import { Session, type SessionTools } from './session.js';
import { FAREWELL_MS, MAX_FRAME_BYTES, SESSION_PATH, SUBPROTOCOL } from './session-limits.js';

const TICK_MS = 1_000;
// closeTimeout is newer than the types.
const OPTIONS: ServerOptions & { closeTimeout: number } = {
  noServer: true,
  clientTracking: false,
  perMessageDeflate: false,
  maxPayload: MAX_FRAME_BYTES,
  closeTimeout: FAREWELL_MS,
  handleProtocols: () => SUBPROTOCOL,
};

/** Lets callers into sessions, and ends all of them when the broker stops. */
@Injectable()
export class SessionGateway implements OnModuleInit, BeforeApplicationShutdown {
  private readonly logger = new Logger(SessionGateway.name);
  private readonly server = new WebSocketServer(OPTIONS);
  private readonly sessions = new Set<Session>();
  /** Sessions of each caller. */
  private readonly callers = new Map<string, number>();
  private readonly tools: SessionTools;
  private timer: NodeJS.Timeout | undefined;
  private detach: (() => void) | undefined;
  private entering = 0;
  private stopping = false;

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly tokens: HeldTokens,
    private readonly config: Config,
    acceptance: AcceptanceService,
    authority: SenderAuthority,
    budget: PublishBudget,
    claims: ClaimService,
    database: Database,
    inboxes: Inboxes,
    presence: Presence,
    sources: SourceDirectory,
    undertaker: Undertaker,
    wakeups: Wakeups,
  ) {
    const { maxDeliveryAttempts } = config;
    const exchange = { acceptance, authority, budget, claims, database, inboxes, presence, sources, undertaker, wakeups };
    this.tools = { ...exchange, maxDeliveryAttempts, logger: this.logger, admit: (token) => this.admit(token) };
  }

  /** Listens at the HTTP server, if this program has one. */
  onModuleInit(): void {
    // A program without an HTTP face has no adapter, whatever the type says.
    const adapter = this.host.httpAdapter as HttpAdapterHost['httpAdapter'] | undefined;
    const server = adapter?.getHttpServer() as Server | undefined;
    if (server === undefined) return;
    this.detach = handleUpgrades(server, SESSION_PATH, (request, socket, head) => {
      this.enter(request, socket, head).catch((error: unknown) => refuseUpgrade(socket, toDomainError(error)));
    });
    this.server.on('wsClientError', (error, socket) => {
      refuseUpgrade(socket as Socket, new DomainError('malformed-message', `This is not a WebSocket handshake: ${error.message}.`));
    });
    this.timer = setInterval(() => {
      const now = performance.now();
      for (const session of this.sessions) session.tick(now);
    }, TICK_MS);
    this.timer.unref();
  }

  /** Sessions that are open. */
  get count(): number {
    return this.sessions.size;
  }

  /** Ends every session before the HTTP server waits for its connections. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    clearInterval(this.timer);
    const limitMs = Math.min(FAREWELL_MS, this.config.shutdownGraceSeconds * 1_000);
    await Promise.all([...this.sessions].map((session) => session.farewell(limitMs)));
    this.detach?.();
  }

  private async enter(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    // A connection that breaks meanwhile is noticed when it is written to.
    const broken = (): void => void socket.destroy();
    socket.on('error', broken);
    this.entering += 1;
    try {
      this.check(request);
      const bearer = bearerToken(request.headers.authorization);
      if (request.headers.authorization !== undefined && bearer === undefined)
        throw new DomainError('unauthenticated', 'This needs a bearer token.');
      const token = bearer === undefined ? undefined : await this.admit(bearer);
      if (socket.destroyed) token?.release();
      else this.open(request, socket, head, token);
    } finally {
      this.entering -= 1;
      socket.off('error', broken);
    }
  }

  /** @throws DomainError for who may not come in, whoever it is */
  private check({ url = '', headers }: IncomingMessage): void {
    if (this.stopping) throw new DomainError('shutting-down', 'The broker is stopping; connect again.', { retryAfterSeconds: 1 });
    if (this.sessions.size + this.entering > this.config.sessionLimit)
      throw new DomainError('rate-limited', 'The broker has as many sessions as it takes.', { retryAfterSeconds: 5 });
    if (url.includes('?'))
      throw new DomainError('validation-failed', 'A session takes nothing in the query string: the token goes in a header or a frame.');
    const offered = headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()) ?? [];
    if (!offered.includes(SUBPROTOCOL)) throw new DomainError('validation-failed', `Sec-WebSocket-Protocol must offer ${SUBPROTOCOL}.`);
    const { corsOrigins, publicUrl } = this.config;
    const { origin } = headers;
    if (origin === undefined || corsOrigins.includes('*') || corsOrigins.includes(origin)) return;
    if (publicUrl === undefined || new URL(publicUrl).origin !== origin)
      throw new DomainError('forbidden', `Applications from ${origin} may not use this broker.`);
  }

  /** @throws DomainError `unauthenticated`; `rate-limited` when the caller has as many sessions as it may have */
  private async admit(bearer: string): Promise<HeldToken> {
    const token = await this.tokens.hold(bearer);
    const caller = callerOf(token.principal);
    const count = this.callers.get(caller) ?? 0;
    if (count >= this.config.sessionLimitPerCaller) {
      token.release();
      throw new DomainError('rate-limited', 'The caller has as many sessions as it may have.', { retryAfterSeconds: 5 });
    }
    this.callers.set(caller, count + 1);
    token.released.addEventListener('abort', () => {
      const others = (this.callers.get(caller) ?? 1) - 1;
      if (others === 0) this.callers.delete(caller);
      else this.callers.set(caller, others);
    });
    return token;
  }

  private open(request: IncomingMessage, socket: Socket, head: Buffer, token: HeldToken | undefined): void {
    const before = this.sessions.size;
    this.server.handleUpgrade(request, socket, head, (webSocket) => {
      const session = new Session(webSocket, socket, this.tools);
      this.sessions.add(session);
      void session.over.then(() => this.sessions.delete(session));
      if (token !== undefined) session.welcome(token);
    });
    // ws has refused the handshake by now, if it did.
    if (this.sessions.size === before) token?.release();
  }
}
