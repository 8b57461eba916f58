import { Body, Controller, Get, HttpCode, Param, Post, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOkResponse, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { parseTwinId } from '../../kernel/ids.js';
import { CurrentPrincipal } from '../../security/current-principal.js';
import type { Principal } from '../../security/principal.js';
import { FIRE_TWIN_ID } from '../dto/example-ids.js';
import { BacklogService } from './backlog.service.js';
import { BacklogDto } from './dto/backlog.dto.js';
import { InboxSettingsDto, PurgedDto, PutInboxSettingsDto, toInboxSettingsDto } from './dto/inbox-settings.dto.js';
import { InboxObservers } from './inbox-observers.js';
import { InboxSettingsService } from './inbox-settings.service.js';
import { PurgeService } from './purge.service.js';

const ID = { name: 'id', description: 'Id of the receiving twin, percent-encoded.', example: FIRE_TWIN_ID };
const NOT_FOUND = { status: 404, description: 'There is no such twin, or the caller may not see it (problem+json `not-found`).' };
const FORBIDDEN = { status: 403, description: 'The caller does not act for the twin (problem+json `forbidden`).' };

/** How the owner of an inbox runs it. */
@ApiTags('Exchange')
@ApiBearerAuth('organization')
@Controller('v1/twins/:id/inbox')
export class InboxControlController {
  constructor(
    private readonly settings: InboxSettingsService,
    private readonly purges: PurgeService,
    private readonly backlogs: BacklogService,
    private readonly observers: InboxObservers,
  ) {}

  @Get('settings')
  @ApiOperation({
    operationId: 'readInboxSettings',
    summary: 'Read how an inbox is run',
    description: 'Its mode, limits and overflow policy.',
  })
  @ApiParam(ID)
  @ApiOkResponse({ type: InboxSettingsDto })
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  async read(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<InboxSettingsDto> {
    return toInboxSettingsDto(await this.settings.read(principal, parseTwinId(id)));
  }

  @Put('settings')
  @ApiOperation({
    operationId: 'limitInbox',
    summary: 'Limit an inbox',
    description:
      'Takes the place of all limits before. What waits is counted about once a second, so a little more may get in, of each broker.',
  })
  @ApiParam(ID)
  @ApiBody({
    type: PutInboxSettingsDto,
    examples: {
      latest: {
        summary: 'Values that are old are of no use',
        value: { limits: { maxMessages: 10_000, maxAgeSeconds: 3_600 }, overflow: 'dropOldest' },
      },
      none: { summary: 'No limits', value: { limits: {} } },
    },
  })
  @ApiOkResponse({ type: InboxSettingsDto })
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  async limit(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() dto: PutInboxSettingsDto,
  ): Promise<InboxSettingsDto> {
    const { maxMessages, maxBytes, maxAgeSeconds } = dto.limits;
    const wanted = { limits: { maxMessages, maxBytes, maxAgeSeconds }, overflow: dto.overflow ?? 'refuse' };
    return toInboxSettingsDto(await this.settings.limit(principal, parseTwinId(id), wanted));
  }

  @Post('pause')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'pauseInbox',
    summary: 'Pause an inbox',
    description:
      'Nothing more is handed out, by any mode of delivery; what comes waits, what is leased may be settled. Takes effect within a second.',
  })
  @ApiParam(ID)
  @ApiOkResponse({ type: InboxSettingsDto })
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  async pause(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<InboxSettingsDto> {
    return toInboxSettingsDto(await this.settings.move(principal, parseTwinId(id), 'pause'));
  }

  @Post('drain')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'drainInbox',
    summary: 'Drain an inbox',
    description:
      'New messages are refused with `inbox-draining` (RESPONSEs still come); what waits is handed out. Takes effect within a second.',
  })
  @ApiParam(ID)
  @ApiOkResponse({ type: InboxSettingsDto })
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  async drain(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<InboxSettingsDto> {
    return toInboxSettingsDto(await this.settings.move(principal, parseTwinId(id), 'drain'));
  }

  @Post('resume')
  @HttpCode(200)
  @ApiOperation({ operationId: 'resumeInbox', summary: 'Open an inbox again', description: 'After a pause or a drain.' })
  @ApiParam(ID)
  @ApiOkResponse({ type: InboxSettingsDto })
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  async resume(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<InboxSettingsDto> {
    return toInboxSettingsDto(await this.settings.move(principal, parseTwinId(id), 'resume'));
  }

  @Post('purge')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'purgeInbox',
    summary: 'Discard what waits',
    description:
      'Everything that waits now, also what was given back; what is leased stays. REQUESTs among it are answered PEER_UNREACHABLE.',
  })
  @ApiParam(ID)
  @ApiOkResponse({ type: PurgedDto })
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  async purge(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<PurgedDto> {
    return this.purges.purge(principal, parseTwinId(id));
  }

  @Get('backlog')
  @ApiOperation({
    operationId: 'readBacklog',
    summary: 'See how much waits',
    description: 'By lane and by subscription, counted up to 10,000 each; what is leased, what is held, and how old the oldest is.',
  })
  @ApiParam(ID)
  @ApiOkResponse({ type: BacklogDto })
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  async backlog(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<BacklogDto> {
    const twin = parseTwinId(id);
    await this.observers.requireReader(principal, twin);
    return this.backlogs.of(twin);
  }
}
