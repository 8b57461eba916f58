import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Controller, Get, Headers, Param, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { parseTwinId } from '../../kernel/ids.js';
import { CurrentPrincipal } from '../../security/current-principal.js';
import { bearerToken } from '../../security/caller-authentication.js';
import type { Principal } from '../../security/principal.js';
import { TokenVerifier } from '../../security/token-verifier.js';
import { FIRE_TWIN_ID } from '../dto/example-ids.js';
import { StreamQueryDto } from '../dto/inbox.dto.js';
import { hangUpSignal } from '../message/hang-up.js';
import { SenderAuthority } from '../message/sender-authority.js';
import { InboxStream } from './inbox-stream.js';

const MAX_STREAM_SECONDS = 86_400;
/** How often an open stream's token is looked at: it may expire or be revoked. */
const TOKEN_WATCH_MS = 1_000;

/** The inbox as server-sent events. */
@ApiTags('Exchange')
@ApiBearerAuth('organization')
@Controller('v1/twins/:id/inbox/stream')
export class InboxStreamController {
  constructor(
    private readonly authority: SenderAuthority,
    private readonly streams: InboxStream,
    private readonly verifier: TokenVerifier,
  ) {}

  @Get()
  @ApiOperation({
    operationId: 'streamInbox',
    summary: 'Read an inbox as a stream',
    description:
      'Server-sent events, one per message. The id of an event is an opaque place in the inbox; `Last-Event-ID` sets where reading resumes, after a ' +
      'restart and through any broker. Reading settles nothing unless `ack=auto`. The stream ends when the token does.',
  })
  @ApiParam({ name: 'id', description: 'Id of the receiving twin, percent-encoded.', example: FIRE_TWIN_ID })
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'Id of the last event seen; absent: from the first message not settled.',
  })
  @ApiOkResponse({ description: 'The stream.', content: { 'text/event-stream': { schema: { type: 'string' } } } })
  async stream(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Query() query: StreamQueryDto,
    @Res() reply: FastifyReply,
    @Headers('Last-Event-ID') lastEventId?: string,
  ): Promise<void> {
    const twin = parseTwinId(id);
    await this.authority.requireOwner(principal, twin);
    const revoked = new AbortController();
    const limitMs = (query.maxSeconds ?? MAX_STREAM_SECONDS) * 1_000;
    const signal = AbortSignal.any([hangUpSignal(reply), revoked.signal, AbortSignal.timeout(limitMs)]);
    const frames = await this.streams.open(twin, { ack: query.ack ?? 'none', lastEventId, signal });
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
