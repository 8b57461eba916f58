import { Controller, Get, Headers, Query, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiExtraModels,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiResponse,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentPrincipal } from '../../security/current-principal.js';
import { eventForm, EventStreams } from '../../security/event-streams.js';
import { hangUpSignal } from '../../security/hang-up.js';
import type { Principal } from '../../security/principal.js';
import { filterOf, RegistryEventPageDto, RegistryEventsQueryDto, toFrame, toRegistryEventPageDto } from './registry-events.dto.js';
import { type FeedItem, RegistryFeed } from './registry-feed.js';

const DEFAULT_LIMIT = 100;

async function* framesOf(items: AsyncIterable<FeedItem>): AsyncGenerator<string, void, undefined> {
  for await (const item of items) yield toFrame(item);
}

/** The change feed of the registry. */
@ApiTags('Registry')
@ApiBearerAuth('organization')
@ApiExtraModels(RegistryEventPageDto)
@Controller('v1/registry/events')
export class RegistryEventsController {
  constructor(
    private readonly feed: RegistryFeed,
    private readonly streams: EventStreams,
  ) {}

  @Get()
  @ApiOperation({
    operationId: 'readRegistryEvents',
    summary: 'Follow what happens to twins',
    description:
      'Every change of a twin that the caller could see when it happened, in commit order: as server-sent events (`Accept: text/event-stream`), or page by ' +
      'page (`Accept: application/json`). Resume after any event of the last 7 days with its id, after a restart and through any broker.',
  })
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'Id of the last event seen; wins over `after`.' })
  @ApiOkResponse({
    description: 'The events.',
    content: {
      'application/json': { schema: { $ref: getSchemaPath(RegistryEventPageDto) } },
      'text/event-stream': { schema: { type: 'string' } },
    },
  })
  @ApiResponse({ status: 400, description: 'The filter or the place is wrong (problem+json `validation-failed`, `invalid-cursor`).' })
  @ApiResponse({ status: 406, description: 'Neither form is acceptable to the caller (problem+json `not-acceptable`).' })
  @ApiResponse({ status: 410, description: 'The place is older than what is retained (problem+json `expired`).' })
  async read(
    @CurrentPrincipal() principal: Principal,
    @Query() query: RegistryEventsQueryDto,
    @Res() reply: FastifyReply,
    @Headers('Last-Event-ID') lastEventId?: string,
  ): Promise<void> {
    const form = eventForm(reply.request.headers.accept);
    const place = await this.feed.placeAfter(lastEventId ?? query.after);
    if (form === 'stream') {
      const open = (signal: AbortSignal): AsyncIterable<string> => framesOf(this.feed.follow(principal, filterOf(query), place, signal));
      await this.streams.send(reply, query.maxSeconds, (signal) => Promise.resolve(open(signal)));
      return;
    }
    const bounds = { limit: query.limit ?? DEFAULT_LIMIT, waitMs: query.waitMs ?? 0, signal: hangUpSignal(reply) };
    await reply.send(toRegistryEventPageDto(await this.feed.page(principal, filterOf(query), place, bounds)));
  }
}
