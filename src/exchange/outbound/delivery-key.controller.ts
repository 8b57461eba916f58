import { Body, Controller, Delete, Get, HttpCode, Param, Put, Res } from '@nestjs/common';
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
import { parseTwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import { CurrentPrincipal } from '../../security/current-principal.js';
import type { Principal } from '../../security/principal.js';
import { FIRE_TWIN_ID } from '../dto/example-ids.js';
import { DeliveryKeys } from './delivery-keys.service.js';
import { deliveryKeyView, DeliveryKeysView, NewDeliveryKeyDto, NewDeliveryKeyView, newDeliveryKeyView } from './dto/delivery-key.dto.js';

const ID = { name: 'id', description: 'Id of the receiving twin, percent-encoded.', example: FIRE_TWIN_ID };
const KEY = { name: 'key', description: 'Name of the key: 1 to 32 lower-case letters, digits and hyphens.', example: 'second' };
const NOT_FOUND = { status: 404, description: 'There is no such thing, or the caller may not see it (problem+json `not-found`).' };
const NAME = /^[a-z0-9][a-z0-9-]{0,31}$/;

/** The keys that sign deliveries. */
@ApiTags('Exchange')
@ApiBearerAuth('organization')
@Controller('v1/twins/:id/inbox/delivery/keys')
export class DeliveryKeyController {
  constructor(private readonly keys: DeliveryKeys) {}

  @Put(':key')
  @HttpCode(201)
  @ApiOperation({
    operationId: 'addDeliveryKey',
    summary: 'Add a signing key',
    description:
      'Every key signs every delivery. To change a key without a gap: add the new one, let the receiver learn it, remove the old one.',
  })
  @ApiParam(ID)
  @ApiParam(KEY)
  @ApiBody({
    type: NewDeliveryKeyDto,
    examples: {
      own: { summary: 'A shared secret', value: { kind: 'hmac-sha256', secret: 'whsec_dGhpcyBpcyBhbiBleGFtcGxlLCBub3QgYSBzZWNyZXQ=' } },
      made: { summary: 'A key pair', value: { kind: 'ed25519' } },
    },
  })
  @ApiCreatedResponse({ type: NewDeliveryKeyView })
  @ApiResponse(NOT_FOUND)
  @ApiResponse({
    status: 409,
    description: 'The name is taken (problem+json `already-exists`), or there are five keys (`state-conflict`).',
  })
  async add(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Param('key') key: string,
    @Body() { kind, secret }: NewDeliveryKeyDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<NewDeliveryKeyView> {
    if (!NAME.test(key)) {
      throw new DomainError(
        'invalid-id',
        'The name of a key is 1 to 32 lower-case letters, digits and hyphens, not beginning with a hyphen.',
      );
    }
    void reply.header('cache-control', 'no-store');
    return newDeliveryKeyView(await this.keys.add(principal, parseTwinId(id), key, kind, secret));
  }

  @Get()
  @ApiOperation({ operationId: 'listDeliveryKeys', summary: 'List signing keys', description: 'Without secrets, oldest first.' })
  @ApiParam(ID)
  @ApiOkResponse({ type: DeliveryKeysView })
  @ApiResponse(NOT_FOUND)
  async list(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<DeliveryKeysView> {
    return { items: (await this.keys.list(principal, parseTwinId(id))).map(deliveryKeyView) };
  }

  @Delete(':key')
  @HttpCode(204)
  @ApiOperation({
    operationId: 'removeDeliveryKey',
    summary: 'Remove a signing key',
    description: 'Deliveries that are under way may still carry its signature.',
  })
  @ApiParam(ID)
  @ApiParam(KEY)
  @ApiNoContentResponse({ description: 'Removed.' })
  @ApiResponse(NOT_FOUND)
  @ApiResponse({ status: 409, description: 'It is the only key of an endpoint in use (problem+json `state-conflict`).' })
  async remove(@CurrentPrincipal() principal: Principal, @Param('id') id: string, @Param('key') key: string): Promise<void> {
    await this.keys.remove(principal, parseTwinId(id), key);
  }
}
