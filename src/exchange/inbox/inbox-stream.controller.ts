import { Controller, Get, Headers, Param, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { parseTwinId } from '../../kernel/ids.js';
import { CurrentPrincipal } from '../../security/current-principal.js';
import type { Principal } from '../../security/principal.js';
import { EventStreams } from '../../security/event-streams.js';
import { FIRE_TWIN_ID } from '../dto/example-ids.js';
import { StreamQueryDto } from '../dto/inbox.dto.js';
import { InboxObservers } from '../control/inbox-observers.js';
import { SenderAuthority } from '../message/sender-authority.js';
import { InboxStream } from './inbox-stream.js';
import { Presence } from '../../registry/lease/presence.js';

/** The inbox as server-sent events. */
@ApiTags('Exchange')
@ApiBearerAuth('organization')
@Controller('v1/twins/:id/inbox/stream')
export class InboxStreamController {
  constructor(
    private readonly authority: SenderAuthority,
    private readonly streams: InboxStream,
    private readonly answers: EventStreams,
    private readonly presence: Presence,
    private readonly observers: InboxObservers,
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
    if (query.ack === 'auto') await this.authority.requireOwner(principal, twin);
    else await this.observers.requireReader(principal, twin);
    const isOwner = await this.authority.isOwner(principal, twin);
    const leave = isOwner ? this.presence.stays(twin) : () => undefined;
    const watch = this.observers.watch(principal, twin);
    try {
      await this.answers.send(reply, query.maxSeconds, (signal) =>
        this.streams.open(twin, { ack: query.ack ?? 'none', lastEventId, signal: AbortSignal.any([signal, watch.signal]) }),
      );
    } finally {
      leave();
      watch.end();
    }
  }
}
