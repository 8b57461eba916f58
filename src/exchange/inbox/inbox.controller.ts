import { randomUUID } from 'node:crypto';
import { Body, Controller, Get, Header, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOkResponse, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { parseTwinId } from '../../kernel/ids.js';
import { CurrentPrincipal } from '../../security/current-principal.js';
import type { Principal } from '../../security/principal.js';
import { TRAFFIC_TWIN_ID } from '../dto/example-ids.js';
import { BrowseQueryDto, ClaimDto, ExtendedDto, ExtensionDto, NackDto, SelectionDto, SettledDto } from '../dto/inbox.dto.js';
import { CLAIM_SCHEMA, DELIVERY_PAGE_SCHEMA } from '../dto/wire-schemas.js';
import { hangUpSignal } from '../../security/hang-up.js';
import { InboxObservers } from '../control/inbox-observers.js';
import { SenderAuthority } from '../message/sender-authority.js';
import { ClaimService } from './claim.service.js';
import { claimText, pageText } from './inbox.presenter.js';
import { InboxService } from './inbox.service.js';
import { Presence } from '../../registry/lease/presence.js';

const JSON_TYPE = 'application/json; charset=utf-8';
const ID = { name: 'id', description: 'Id of the receiving twin, percent-encoded.', example: TRAFFIC_TWIN_ID };
const NOT_LEASED = { status: 409, description: 'The lease or delivery is not held (problem+json `not-leased`); nothing was changed.' };
const NOT_FOUND = { status: 404, description: 'There is no such twin, or the caller may not see it (problem+json `not-found`).' };

/** What a receiver does with its inbox: claim and settle, or look. */
@ApiTags('Exchange')
@ApiBearerAuth('organization')
@Controller('v1/twins/:id/inbox')
export class InboxController {
  constructor(
    private readonly authority: SenderAuthority,
    private readonly claims: ClaimService,
    private readonly inbox: InboxService,
    private readonly presence: Presence,
    private readonly observers: InboxObservers,
  ) {}

  @Get()
  @Header('content-type', JSON_TYPE)
  @ApiOperation({
    operationId: 'browseInbox',
    summary: 'Look at an inbox',
    description: 'What is not settled yet, most urgent lane first. Nothing is claimed or changed. Observers may look, too.',
  })
  @ApiParam(ID)
  @ApiOkResponse({ schema: DELIVERY_PAGE_SCHEMA })
  @ApiResponse(NOT_FOUND)
  async browse(@CurrentPrincipal() principal: Principal, @Param('id') id: string, @Query() query: BrowseQueryDto): Promise<string> {
    const twin = parseTwinId(id);
    await this.observers.requireReader(principal, twin);
    if (await this.authority.isOwner(principal, twin)) this.presence.saw(twin);
    return pageText(await this.inbox.browse(twin, query.limit, query.cursor));
  }

  @Post('claims')
  @HttpCode(200)
  @Header('content-type', JSON_TYPE)
  @ApiOperation({
    operationId: 'claimMessages',
    summary: 'Claim messages',
    description:
      'Takes messages into hand under a lease, waiting for the first if asked to. They come in order per sender (or its orderingKey) and lane, most ' +
      'urgent lane first; what is not settled before the lease runs out comes again, marked as redelivered. Without messages there is no lease.',
  })
  @ApiParam(ID)
  @ApiBody({
    type: ClaimDto,
    examples: { claim: { summary: 'Claim up to ten', value: { claimId: 'claim-1', max: 10, waitSeconds: 1, leaseSeconds: 30 } } },
  })
  @ApiOkResponse({ schema: CLAIM_SCHEMA })
  @ApiResponse(NOT_FOUND)
  async claim(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() dto: ClaimDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const twin = parseTwinId(id);
    await this.authority.requireOwner(principal, twin);
    const request = {
      claimId: dto.claimId ?? randomUUID(),
      consumer: dto.consumer,
      max: dto.max ?? 100,
      waitMs: (dto.waitSeconds ?? 0) * 1_000,
      leaseMs: (dto.leaseSeconds ?? 30) * 1_000,
    };
    const leave = this.presence.stays(twin);
    try {
      return claimText(await this.claims.claim(twin, request, hangUpSignal(reply)));
    } finally {
      leave();
    }
  }

  @Post('extensions')
  @HttpCode(200)
  @ApiOperation({ operationId: 'extendLease', summary: 'Let a lease run on', description: 'For work that takes longer than the lease.' })
  @ApiParam(ID)
  @ApiBody({ type: ExtensionDto, examples: { minute: { summary: 'A minute more', value: { claimId: 'claim-1', leaseSeconds: 60 } } } })
  @ApiOkResponse({ type: ExtendedDto })
  @ApiResponse(NOT_LEASED)
  async extend(@CurrentPrincipal() principal: Principal, @Param('id') id: string, @Body() dto: ExtensionDto): Promise<ExtendedDto> {
    const twin = parseTwinId(id);
    await this.authority.requireOwner(principal, twin);
    this.presence.saw(twin);
    return { expiresAt: (await this.inbox.extend(twin, dto, dto.leaseSeconds * 1_000)).toISOString() };
  }

  @Post('nacks')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'nackMessages',
    summary: 'Give messages back',
    description:
      'They come again after the delay, in order: later messages of the same key come back with them, and wait. All other keys flow. After too many ' +
      'attempts a message becomes a dead letter, and a REQUEST is answered PEER_UNREACHABLE.',
  })
  @ApiParam(ID)
  @ApiBody({
    type: NackDto,
    examples: {
      some: { summary: 'Those named (here none), to come again at once', value: { claimId: 'claim-1', deliveries: [], delayMs: 0 } },
    },
  })
  @ApiOkResponse({ type: SettledDto })
  @ApiResponse(NOT_LEASED)
  async nack(@CurrentPrincipal() principal: Principal, @Param('id') id: string, @Body() dto: NackDto): Promise<SettledDto> {
    const twin = parseTwinId(id);
    await this.authority.requireOwner(principal, twin);
    this.presence.saw(twin);
    return { settled: await this.inbox.nack(twin, dto, dto.delayMs, dto.reason) };
  }

  @Post('acks')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'ackMessages',
    summary: 'Settle messages',
    description: 'All of a claim, some of it, or everything up to one delivery. Either all that is named is settled or nothing.',
  })
  @ApiParam(ID)
  @ApiBody({ type: SelectionDto, examples: { all: { summary: 'All of a claim', value: { claimId: 'claim-1' } } } })
  @ApiOkResponse({ type: SettledDto })
  @ApiResponse(NOT_LEASED)
  async ack(@CurrentPrincipal() principal: Principal, @Param('id') id: string, @Body() dto: SelectionDto): Promise<SettledDto> {
    const twin = parseTwinId(id);
    await this.authority.requireOwner(principal, twin);
    this.presence.saw(twin);
    return { settled: await this.inbox.ack(twin, dto) };
  }
}
