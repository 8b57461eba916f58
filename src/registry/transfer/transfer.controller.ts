import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { parseOrganizationId, parseTwinId } from '../../kernel/ids.js';
import { CurrentPrincipal } from '../../security/current-principal.js';
import type { Principal } from '../../security/principal.js';
import { TRAFFIC_TWIN } from '../dto/examples.js';
import { toTwinDto, TwinDto } from '../dto/twin.dto.js';
import {
  ExpiryDto,
  ListTransfersDto,
  OFFER_EXAMPLE,
  OfferTransferDto,
  toTransferConsentDto,
  toTransferDto,
  TransferConsentDto,
  TransferConsentListDto,
  TransferDto,
  TransferPageDto,
} from './dto/transfer.dto.js';
import { TransferConsents } from './transfer-consents.js';
import { OFFER_SECONDS } from './twin-transfer.js';
import { TwinTransferService } from './twin-transfer.service.js';

const ID = { name: 'id', description: 'Id of the twin, percent-encoded.', example: TRAFFIC_TWIN.id };
const FROM = { name: 'organization', description: 'The organization whose twins they are.', example: 'former-operator' };
const INVALID = {
  status: 400,
  description: 'A member or parameter is wrong (problem+json `validation-failed`, `invalid-id`, `invalid-cursor`).',
};
const FORBIDDEN = { status: 403, description: 'The caller is no organization, or the twin is another’s (problem+json `forbidden`).' };
const NOT_FOUND = {
  status: 404,
  description: 'There is no such twin or offer, or the caller has no side in it (problem+json `not-found`).',
};

/** Handing twins from one organization to another, with the consent of both. */
@ApiTags('Registry')
@ApiBearerAuth('organization')
@Controller('v1')
export class TransferController {
  constructor(
    private readonly transfers: TwinTransferService,
    private readonly consents: TransferConsents,
  ) {}

  @Post('twins/:id/transfer')
  @ApiOperation({
    operationId: 'offerTransfer',
    summary: 'Offer a twin to another organization',
    description:
      'By its owner. Nothing changes until the other organization accepts. Offering the same again changes nothing. Whether that organization exists is ' +
      'not told: an offer to nobody runs out.',
  })
  @ApiParam(ID)
  @ApiBody({ type: OfferTransferDto, examples: { planning: { summary: 'For a day', value: OFFER_EXAMPLE } } })
  @ApiCreatedResponse({ type: TransferDto, description: 'Offered.' })
  @ApiOkResponse({ type: TransferDto, description: 'Offered already, unchanged.' })
  @ApiResponse(INVALID)
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  @ApiResponse({ status: 409, description: 'Another offer stands, or the twin is there already (problem+json `state-conflict`).' })
  async offer(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() { to, expiresInSeconds, note }: OfferTransferDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TransferDto> {
    const offer = { to: parseOrganizationId(to), expiresInSeconds, note };
    const { transfer, created } = await this.transfers.offer(principal, parseTwinId(id), offer);
    void reply.code(created ? 201 : 200);
    return toTransferDto(transfer);
  }

  @Get('twins/:id/transfer')
  @ApiOperation({
    operationId: 'readTransfer',
    summary: 'Read the offer of a twin',
    description: 'The one that stands, or the latest. For its two sides and operators.',
  })
  @ApiParam(ID)
  @ApiOkResponse({ type: TransferDto })
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  async read(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<TransferDto> {
    return toTransferDto(await this.transfers.read(principal, parseTwinId(id)));
  }

  @Delete('twins/:id/transfer')
  @HttpCode(204)
  @ApiOperation({
    operationId: 'endTransfer',
    summary: 'Withdraw or decline',
    description: 'By the owner: withdraws the offer. By the receiver: declines it. One that has ended stays as it ended.',
  })
  @ApiParam(ID)
  @ApiNoContentResponse({ description: 'The offer does not stand.' })
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  async end(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<void> {
    await this.transfers.end(principal, parseTwinId(id));
  }

  @Post('twins/:id/transfer/accept')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'acceptTransfer',
    summary: 'Take over a twin',
    description:
      'By the organization that it is offered to. The twin becomes its: a new version with the same profile. Its history, lease, inbox, federations and ' +
      'connections stay; its credentials and its place in a set end. A twin that is the caller’s already is answered as it is.',
  })
  @ApiParam(ID)
  @ApiOkResponse({ type: TwinDto })
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  @ApiResponse({
    status: 409,
    description: 'The profile does not hold for the new owner; `errors` says where (problem+json `state-conflict`).',
  })
  @ApiResponse({ status: 410, description: 'The offer does not stand any more (problem+json `expired`).' })
  async accept(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<TwinDto> {
    return toTwinDto(await this.transfers.accept(principal, parseTwinId(id)));
  }

  @Get('transfers')
  @ApiOperation({
    operationId: 'listTransfers',
    summary: 'List offers',
    description: 'What the caller offers and is offered, past ones included, by id.',
  })
  @ApiOkResponse({ type: TransferPageDto })
  @ApiResponse(INVALID)
  @ApiResponse(FORBIDDEN)
  async list(@CurrentPrincipal() principal: Principal, @Query() { limit, cursor, ...filter }: ListTransfersDto): Promise<TransferPageDto> {
    const { items, ...rest } = await this.transfers.list(principal, filter, limit, cursor);
    return { items: items.map(toTransferDto), ...rest };
  }

  @Put('transfers/consents/:organization')
  @ApiOperation({
    operationId: 'consentToTransfer',
    summary: 'Consent to take over all twins of an organization',
    description: 'Given beforehand, for the case that an operator offboards that organization and hands its twins over. Again, renews it.',
  })
  @ApiParam(FROM)
  @ApiBody({ type: ExpiryDto, required: false, examples: { day: { summary: 'For a day', value: { expiresInSeconds: 86_400 } } } })
  @ApiOkResponse({ type: TransferConsentDto })
  @ApiResponse(INVALID)
  @ApiResponse(FORBIDDEN)
  @ApiResponse({ status: 409, description: 'It is the caller’s own organization (problem+json `state-conflict`).' })
  async consent(
    @CurrentPrincipal() principal: Principal,
    @Param('organization') organization: string,
    @Body() { expiresInSeconds = OFFER_SECONDS.default }: ExpiryDto,
  ): Promise<TransferConsentDto> {
    return toTransferConsentDto(await this.consents.give(principal, parseOrganizationId(organization), expiresInSeconds));
  }

  @Delete('transfers/consents/:organization')
  @HttpCode(204)
  @ApiOperation({
    operationId: 'withdrawTransferConsent',
    summary: 'Take a consent back',
    description: 'What an offboarding that has begun has handed over stays handed over.',
  })
  @ApiParam(FROM)
  @ApiNoContentResponse({ description: 'There is no consent.' })
  @ApiResponse(INVALID)
  @ApiResponse(FORBIDDEN)
  async withdrawConsent(@CurrentPrincipal() principal: Principal, @Param('organization') organization: string): Promise<void> {
    await this.consents.withdraw(principal, parseOrganizationId(organization));
  }

  @Get('transfers/consents')
  @ApiOperation({ operationId: 'listTransferConsents', summary: 'List your consents', description: 'Those that stand.' })
  @ApiOkResponse({ type: TransferConsentListDto })
  @ApiResponse(FORBIDDEN)
  async listConsents(@CurrentPrincipal() principal: Principal): Promise<TransferConsentListDto> {
    return { items: (await this.consents.list(principal)).map(toTransferConsentDto) };
  }
}
