import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { DomainError } from '../problems/domain-error.js';
import { bearerToken } from './caller-authentication.js';
import { hangUpSignal } from './hang-up.js';
import { TokenVerifier } from './token-verifier.js';

/** Longest time that a stream stays open, in seconds. */
const MAX_STREAM_SECONDS = 86_400;
/** How often an open stream's token is looked at: it may expire or be revoked. */
const TOKEN_WATCH_MS = 1_000;

/** In which form an Accept header asks for events: a stream unless it is JSON that is wanted. @throws DomainError `not-acceptable` */
export function eventForm(accept: string | undefined): 'stream' | 'page' {
  const types = (accept ?? '*/*').split(',').map((type) => type.split(';')[0]?.trim().toLowerCase());
  if (types.some((type) => type === 'text/event-stream' || type === 'text/*')) return 'stream';
  if (types.some((type) => type === 'application/json' || type === 'application/*')) return 'page';
  if (types.includes('*/*')) return 'stream';
  throw new DomainError('not-acceptable', 'Events are given as text/event-stream, or page by page as application/json.');
}

/** Answers that are server-sent events: they end when the caller hangs up, its token ends or its time is over. */
@Injectable()
export class EventStreams {
  constructor(private readonly verifier: TokenVerifier) {}

  /**
   * Opens the frames with the signal at which they must end, then writes them. What `open` throws is answered as any refusal.
   * @param maxSeconds after which the stream ends; at most a day
   */
  async send(
    reply: FastifyReply,
    maxSeconds: number | undefined,
    open: (signal: AbortSignal) => Promise<AsyncIterable<string>>,
  ): Promise<void> {
    const revoked = new AbortController();
    const limitMs = (maxSeconds ?? MAX_STREAM_SECONDS) * 1_000;
    const signal = AbortSignal.any([hangUpSignal(reply), revoked.signal, AbortSignal.timeout(limitMs)]);
    const frames = await open(signal);
    const headers = reply.getHeaders();
    reply.hijack();
    for (const [name, value] of Object.entries(headers)) if (value !== undefined) reply.raw.setHeader(name, value);
    reply.raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    const watch = setInterval(() => {
      this.verifier.verify(bearerToken(reply.request.headers.authorization) ?? '').catch(() => {
        revoked.abort();
      });
    }, TOKEN_WATCH_MS);
    // A high-water mark of one frame: a frame counts as written when the next one is asked for.
    try {
      await pipeline(Readable.from(frames, { highWaterMark: 1 }), reply.raw);
    } catch (error) {
      if (!signal.aborted) reply.log.warn({ err: error }, 'A stream broke off.');
    } finally {
      clearInterval(watch);
    }
  }
}
