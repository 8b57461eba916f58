import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { FastifyReply } from 'fastify';
import { DomainError } from '../../problems/domain-error.js';
import { bearerToken } from '../../security/caller-authentication.js';
import type { TokenVerifier } from '../../security/token-verifier.js';
import { STALL_MS } from './bulk-limits.js';

const WATCH_MS = 1_000;
/** Milliseconds that a caller who stands still has to take the last line. */
const FAREWELL_MS = 5_000;

/** A request that is answered line by line while its work goes on, for as long as its token holds and something moves. */
export class BulkCall {
  private readonly ended = new AbortController();
  private readonly watch: NodeJS.Timeout;
  private movedAt = performance.now();
  private seenBytes = 0;
  /** Given when the call is to end; its reason is a DomainError. */
  readonly signal: AbortSignal;

  constructor(
    private readonly reply: FastifyReply,
    private readonly verifier: TokenVerifier,
    outer: AbortSignal,
  ) {
    this.signal = AbortSignal.any([outer, this.ended.signal]);
    this.watch = setInterval(() => {
      this.look();
    }, WATCH_MS);
  }

  /** Answers with these lines, as fast as the caller takes them; resolves when the answer is over or the caller is gone. */
  async answer(lines: AsyncIterable<string>, headers: Readonly<Record<string, string>> = {}): Promise<void> {
    const { reply } = this;
    const given = reply.getHeaders();
    reply.hijack();
    for (const [name, value] of Object.entries(given)) if (value !== undefined) reply.raw.setHeader(name, value);
    reply.raw.writeHead(200, {
      'content-type': 'application/x-ndjson; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      ...headers,
    });
    reply.raw.flushHeaders();
    // Whoever is sent the rest of a body that nobody wants is told so by the end of the connection.
    reply.raw.once('finish', () => {
      if (!reply.request.raw.complete) reply.raw.socket?.destroySoon();
    });
    try {
      await pipeline(Readable.from(lines, { highWaterMark: 1 }), reply.raw);
    } catch (error) {
      if (!reply.raw.destroyed) reply.log.warn({ err: error }, 'A stream of lines broke off.');
    } finally {
      clearInterval(this.watch);
    }
  }

  private look(): void {
    const { reply, verifier } = this;
    verifier.verify(bearerToken(reply.request.headers.authorization) ?? '').catch((error: unknown) => {
      if (error instanceof DomainError && error.code === 'unauthenticated') this.ended.abort(error);
    });
    const socket = reply.raw.socket;
    const bytes = (socket?.bytesRead ?? 0) + (socket?.bytesWritten ?? 0) - reply.raw.writableLength;
    if (bytes !== this.seenBytes) {
      this.seenBytes = bytes;
      this.movedAt = performance.now();
    }
    const still = performance.now() - this.movedAt;
    if (still > STALL_MS) this.ended.abort(new DomainError('request-timeout', `Nothing moved for ${STALL_MS / 1_000} seconds.`));
    if (still > STALL_MS + FAREWELL_MS) reply.raw.destroy();
  }
}
