import { Body, Controller, Delete, Get, Header, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { parseTwinId } from '../../kernel/ids.js';
import { CurrentPrincipal } from '../../security/current-principal.js';
import type { Principal } from '../../security/principal.js';
import { TRAFFIC_TWIN_ID } from '../dto/example-ids.js';
import { DEAD_LETTER_PAGE_SCHEMA } from '../dto/wire-schemas.js';
import { DeliveryJournal } from '../history/delivery-journal.js';
import { SenderAuthority } from '../message/sender-authority.js';
import { ReplayDto, replayWire } from '../replay/replay.dto.js';
import { ReplayService } from '../replay/replay.service.js';
import { DiscardedDto, letterFilterOf, LetterQueryDto, LetterSelectionDto, ReplayLettersDto } from './dead-letter.dto.js';
import { deadLetterPageText } from './dead-letter.presenter.js';
import { DeadLetterService } from './dead-letter.service.js';

const ID = { name: 'id', description: 'Id of the receiving twin, percent-encoded.', example: TRAFFIC_TWIN_ID };
const NOT_FOUND = { status: 404, description: 'There is no such twin, or the caller may not see it (problem+json `not-found`).' };

/** The dead letters of an inbox. */
@ApiTags('Exchange')
@ApiBearerAuth('organization')
@Controller('v1/twins/:id/inbox/dead-letters')
export class DeadLetterController {
  constructor(
    private readonly authority: SenderAuthority,
    private readonly letters: DeadLetterService,
    private readonly replays: ReplayService,
    private readonly journal: DeliveryJournal,
  ) {}

  @Get()
  @Header('content-type', 'application/json; charset=utf-8')
  @ApiOperation({
    operationId: 'listDeadLetters',
    summary: 'List dead letters',
    description:
      'Messages that could not be delivered, oldest message first, with the reason. With `id`, one of them with the history of its deliveries, as far back ' +
      'as the log is kept.',
  })
  @ApiParam(ID)
  @ApiOkResponse({ schema: DEAD_LETTER_PAGE_SCHEMA })
  @ApiResponse(NOT_FOUND)
  async list(@CurrentPrincipal() principal: Principal, @Param('id') id: string, @Query() query: LetterQueryDto): Promise<string> {
    const twin = parseTwinId(id);
    await this.authority.requireOwner(principal, twin);
    const page = await this.letters.list(twin, letterFilterOf(query), query.limit, query.cursor);
    const [letter] = page.items;
    if (query.id === undefined || letter === undefined) return deadLetterPageText(page);
    return deadLetterPageText(page, await this.journal.ofLetter(letter));
  }

  @Post('replay')
  @HttpCode(202)
  @ApiOperation({
    operationId: 'replayDeadLetters',
    summary: 'Deliver dead letters again',
    description:
      'A job that goes on in the background, across restarts of brokers. Each is checked against today’s connections, schemas and limits, comes marked as ' +
      'replayed, outside the order of new messages, and is not replayed a second time. REQUESTs are left out unless asked for.',
  })
  @ApiParam(ID)
  @ApiBody({ type: ReplayLettersDto, examples: { all: { summary: 'All', value: { id: 'letters-of-today', ratePerSecond: 100 } } } })
  @ApiResponse({
    status: 202,
    description: 'Under way.',
    type: ReplayDto,
    headers: { Location: { schema: { type: 'string' }, description: 'Its progress.' } },
  })
  @ApiResponse(NOT_FOUND)
  @ApiResponse({ status: 409, description: 'Another replay has this id (problem+json `already-exists`).' })
  @ApiResponse({ status: 429, description: 'Too many replays run (problem+json `rate-limited`).' })
  async replay(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() dto: ReplayLettersDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ReplayDto> {
    const receiver = parseTwinId(id);
    await this.authority.requireOwner(principal, receiver);
    const job = await this.replays.startDead(principal, { ...dto, receiver, filter: letterFilterOf(dto.filter) });
    void reply.header('location', `/v1/replays/${job.id}`);
    return replayWire(job);
  }

  @Post('discard')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'discardDeadLetters',
    summary: 'Discard dead letters',
    description: 'For good: those that are meant, or all.',
  })
  @ApiParam(ID)
  @ApiBody({ type: LetterSelectionDto, examples: { some: { summary: 'Those named (here none)', value: { ids: [] } } } })
  @ApiOkResponse({ type: DiscardedDto })
  @ApiResponse(NOT_FOUND)
  async discardMeant(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() dto: LetterSelectionDto,
  ): Promise<DiscardedDto> {
    const twin = parseTwinId(id);
    await this.authority.requireOwner(principal, twin);
    return { discarded: await this.letters.discardMeant(principal, twin, letterFilterOf(dto)) };
  }

  @Delete(':letter')
  @HttpCode(204)
  @ApiOperation({
    operationId: 'discardDeadLetter',
    summary: 'Discard a dead letter',
    description: 'For good; one that is gone is no mistake.',
  })
  @ApiParam(ID)
  @ApiParam({ name: 'letter', description: 'Id of the dead letter.', example: '1' })
  @ApiNoContentResponse({ description: 'Gone.' })
  @ApiResponse(NOT_FOUND)
  async discard(@CurrentPrincipal() principal: Principal, @Param('id') id: string, @Param('letter') letter: string): Promise<void> {
    const twin = parseTwinId(id);
    await this.authority.requireOwner(principal, twin);
    await this.letters.discard(principal, twin, letter);
  }
}
