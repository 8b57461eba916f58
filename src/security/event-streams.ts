import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { DomainError } from '../problems/domain-error.js';
import { bearerToken } from './caller-authentication.js';
import { hangUpSignal } from './hang-up.js';
import { type OpenStream, OpenStreams } from './open-streams.js';

/** Longest time that a stream stays open, in seconds. */
const MAX_STREAM_SECONDS = 86_400;
/** What a reader may take longer than its token holds, in milliseconds. */
const FAREWELL_MS = 300;

/** In which form an Accept header asks for events: a stream unless it is JSON that is wanted. @throws DomainError `not-acceptable` */
export function eventForm(accept: string | undefined): 'stream' | 'page' {
  const types = (accept ?? '*/*').split(',').map((type) => type.split(';')[0]?.trim().toLowerCase());
  if (types.some((type) => type === 'text/event-stream' || type === 'text/*')) return 'stream';
  if (types.some((type) => type === 'application/json' || type === 'application/*')) return 'page';
  if (types.includes('*/*')) return 'stream';
  throw new DomainError('not-acceptable', 'Events are given as text/event-stream, or page by page as application/json.');
}

/** Answers that are server-sent events: they end when the caller hangs up, its token ends without another in its place, or their time is over. */
@Injectable()
export class EventStreams {
  constructor(private readonly streams: OpenStreams) {}

  /**
   * Opens the frames with the signal at which they must end, then writes them. What `open` throws is answered as any refusal.
   * @param maxSeconds after which the stream ends; at most a day
   */
  async send(
    reply: FastifyReply,
    maxSeconds: number | undefined,
    open: (signal: AbortSignal) => Promise<AsyncIterable<string>>,
  ): Promise<void> {
    const limitMs = (maxSeconds ?? MAX_STREAM_SECONDS) * 1_000;
    const stream = await this.streams.open(bearerToken(reply.request.headers.authorization) ?? '');
    try {
      // A reader that takes nothing more is not waited for.
      stream.signal.addEventListener('abort', () => setTimeout(() => reply.raw.destroy(), FAREWELL_MS).unref());
      const signal = AbortSignal.any([hangUpSignal(reply), stream.signal, AbortSignal.timeout(limitMs)]);
      await this.write(reply, signal, opened(stream, await open(signal)));
    } finally {
      stream.close();
    }
  }

  private async write(reply: FastifyReply, signal: AbortSignal, frames: AsyncIterable<string>): Promise<void> {
    const headers = reply.getHeaders();
    reply.hijack();
    for (const [name, value] of Object.entries(headers)) if (value !== undefined) reply.raw.setHeader(name, value);
    reply.raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    // A high-water mark of one frame: a frame counts as written when the next one is asked for.
    try {
      await pipeline(Readable.from(frames, { highWaterMark: 1 }), reply.raw);
    } catch (error) {
      if (!signal.aborted) reply.log.warn({ err: error }, 'A stream broke off.');
    }
  }
}

/** The first event names the stream, so that its token can be renewed. */
async function* opened({ id, expiresAt }: OpenStream, frames: AsyncIterable<string>): AsyncGenerator<string, void, undefined> {
  yield `event: stream\ndata: ${JSON.stringify({ id, expiresAt: new Date(expiresAt) })}\n\n`;
  yield* frames;
}
