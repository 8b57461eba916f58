import { randomUUID } from 'node:crypto';
import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Post, Put, Query, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiCreatedResponse,
  ApiExtraModels,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiResponse,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { InvalidId, parseTwinId } from '../../kernel/ids.js';
import { CurrentPrincipal } from '../../security/current-principal.js';
import { eventForm, EventStreams } from '../../security/event-streams.js';
import { EventQuery } from '../../security/dto/event-query.dto.js';
import { PageQuery } from '../../security/dto/page-query.dto.js';
import { hangUpSignal } from '../../security/hang-up.js';
import type { Principal } from '../../security/principal.js';
import { StandingFeed, type StandingFeedItem } from './standing-feed.js';
import {
  CreateStandingQueryDto,
  PutStandingQueryDto,
  STANDING_NAME,
  StandingNotificationPageDto,
  StandingQueryDto,
  StandingQueryPageDto,
  toStandingFrame,
  toStandingNotificationDtos,
  toStandingQueryDto,
} from './standing-query.dto.js';
import { StandingQueryService, type StandingWish } from './standing-query.service.js';

const NAME = { name: 'name', description: 'Name of the standing query, chosen by the organization.', example: 'flow-in-the-city' };
const NOT_FOUND = { status: 404, description: 'There is no such standing query of the caller (problem+json `not-found`).' };
const TEMPORARY = { ...NAME, example: 'for-a-drill' };
const EXAMPLE = { query: { domain: 'traffic', feature: { kind: 'data', name: 'trafficFlow' } } };
const DEFAULT_LIMIT = 100;

/** @throws InvalidId */
function parseName(value: string): string {
  if (STANDING_NAME.test(value)) return value;
  throw new InvalidId('of a standing query must be 1 to 100 letters, digits, dots, hyphens and underscores, the first a letter or digit');
}

function wishOf({ query, inbox, expiresInSeconds }: PutStandingQueryDto): StandingWish {
  return { query, expiresInSeconds, ...(inbox === undefined ? {} : { inbox: parseTwinId(inbox) }) };
}

async function* framesOf(items: AsyncIterable<StandingFeedItem>): AsyncGenerator<string, void, undefined> {
  for await (const item of items) yield toStandingFrame(item);
}

/** Queries that stand. */
@ApiTags('Discovery')
@ApiBearerAuth('organization')
@ApiExtraModels(StandingNotificationPageDto)
@Controller('v1/discovery/standing-queries')
export class StandingQueryController {
  constructor(
    private readonly standing: StandingQueryService,
    private readonly feed: StandingFeed,
    private readonly streams: EventStreams,
  ) {}

  @Post()
  @ApiOperation({
    operationId: 'createStandingQuery',
    summary: 'Let a new query stand',
    description: 'As PUT does, under a name that must be new, or a minted one.',
  })
  @ApiBody({ type: CreateStandingQueryDto, examples: { drill: { summary: 'Of a drill', value: { ...EXAMPLE, name: 'for-a-drill' } } } })
  @ApiCreatedResponse({ type: StandingQueryDto, headers: { Location: { schema: { type: 'string' }, description: 'The standing query.' } } })
  @ApiResponse({ status: 400, description: 'The query is wrong, or too many twins match it (problem+json `validation-failed`).' })
  @ApiResponse({ status: 409, description: 'The name is in use (problem+json `already-exists`).' })
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body() { name = randomUUID(), ...dto }: CreateStandingQueryDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StandingQueryDto> {
    const { query } = await this.standing.put(principal, name, wishOf(dto), { mustBeNew: true });
    void reply.header('location', `/v1/discovery/standing-queries/${encodeURIComponent(name)}`);
    return toStandingQueryDto(query, await this.standing.countMatches(query));
  }

  @Put(':name')
  @ApiOperation({
    operationId: 'putStandingQuery',
    summary: 'Let a query stand',
    description:
      'From now on it is told which twins newly match, have changed, or match no more. Idempotent: the same query again only sets its end; another one takes ' +
      'its place and forgets what was told.',
  })
  @ApiParam(NAME)
  @ApiBody({ type: PutStandingQueryDto, examples: { flow: { summary: 'Twins that provide a traffic flow', value: EXAMPLE } } })
  @ApiCreatedResponse({ type: StandingQueryDto })
  @ApiOkResponse({ type: StandingQueryDto, description: 'It stood already, or took the place of another.' })
  @ApiResponse({ status: 400, description: 'The query is wrong, or too many twins match it (problem+json `validation-failed`).' })
  async put(
    @CurrentPrincipal() principal: Principal,
    @Param('name') name: string,
    @Body() dto: PutStandingQueryDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StandingQueryDto> {
    const outcome = await this.standing.put(principal, parseName(name), wishOf(dto));
    void reply.code(outcome.created ? 201 : 200);
    return toStandingQueryDto(outcome.query, await this.standing.countMatches(outcome.query));
  }

  @Get()
  @ApiOperation({ operationId: 'listStandingQueries', summary: 'List the standing queries', description: 'Those of the caller, by name.' })
  @ApiOkResponse({ type: StandingQueryPageDto })
  async list(@CurrentPrincipal() principal: Principal, @Query() query: PageQuery): Promise<StandingQueryPageDto> {
    const { items, ...rest } = await this.standing.list(principal, query);
    return { items: items.map((each) => toStandingQueryDto(each)), ...rest };
  }

  @Get(':name')
  @ApiOperation({ operationId: 'readStandingQuery', summary: 'Read a standing query', description: 'With how many twins match.' })
  @ApiParam(NAME)
  @ApiOkResponse({ type: StandingQueryDto })
  @ApiResponse(NOT_FOUND)
  async read(@CurrentPrincipal() principal: Principal, @Param('name') name: string): Promise<StandingQueryDto> {
    const query = await this.standing.read(principal, parseName(name));
    return toStandingQueryDto(query, await this.standing.countMatches(query));
  }

  @Get(':name/events')
  @ApiOperation({
    operationId: 'readStandingQueryEvents',
    summary: 'Follow a standing query',
    description:
      'Its notifications of the last 7 days and those to come, in order: as server-sent events (`Accept: text/event-stream`), or page by page ' +
      '(`Accept: application/json`).',
  })
  @ApiParam(NAME)
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'Id of the last notification seen; wins over `after`.' })
  @ApiOkResponse({
    description: 'The notifications.',
    content: {
      'application/json': { schema: { $ref: getSchemaPath(StandingNotificationPageDto) } },
      'text/event-stream': { schema: { type: 'string' } },
    },
  })
  @ApiResponse(NOT_FOUND)
  @ApiResponse({ status: 410, description: 'The place is older than what is kept (problem+json `expired`).' })
  async events(
    @CurrentPrincipal() principal: Principal,
    @Param('name') name: string,
    @Query() { after, limit, waitMs, maxSeconds }: EventQuery,
    @Res() reply: FastifyReply,
    @Headers('Last-Event-ID') lastEventId?: string,
  ): Promise<void> {
    const form = eventForm(reply.request.headers.accept);
    const query = await this.standing.read(principal, parseName(name));
    const place = await this.feed.placeAfter(query, lastEventId ?? after);
    if (form === 'stream') {
      await this.streams.send(reply, maxSeconds, (signal) => Promise.resolve(framesOf(this.feed.follow(query, place, signal))));
      return;
    }
    const bounds = { limit: limit ?? DEFAULT_LIMIT, waitMs: waitMs ?? 0, signal: hangUpSignal(reply) };
    const { items, next } = await this.feed.page(query, place, bounds);
    await reply.send({ items: items.flatMap(toStandingNotificationDtos), next });
  }

  @Delete(':name')
  @HttpCode(204)
  @ApiOperation({ operationId: 'deleteStandingQuery', summary: 'End a standing query', description: 'With all it told.' })
  @ApiParam(TEMPORARY)
  @ApiNoContentResponse({ description: 'Ended.' })
  @ApiResponse(NOT_FOUND)
  async delete(@CurrentPrincipal() principal: Principal, @Param('name') name: string): Promise<void> {
    await this.standing.delete(principal, parseName(name));
  }
}
