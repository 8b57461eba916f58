import { Body, Controller, Delete, Get, HttpCode, Param, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { parseTwinId } from '../../kernel/ids.js';
import { CurrentPrincipal } from '../../security/current-principal.js';
import type { Principal } from '../../security/principal.js';
import { FIRE_TWIN_ID } from '../dto/example-ids.js';
import { WireCredentialDto, WireCredentialsView, WireCredentialView, wireCredentialView } from '../wire-credential/wire-credential.dto.js';
import { DeliveryCredentials } from './delivery-credentials.service.js';

const ID = { name: 'id', description: 'Id of the twin, percent-encoded.', example: FIRE_TWIN_ID };
const CREDENTIAL = { name: 'credential', description: 'Name of a credential that the protocol knows.', example: 'username' };
const NOT_FOUND = { status: 404, description: 'There is no such thing, or the caller may not see it (problem+json `not-found`).' };

/** What the broker shows at an endpoint that it delivers to. */
@ApiTags('Exchange')
@ApiBearerAuth('organization')
@Controller('v1/twins/:id/inbox/delivery/credentials')
export class DeliveryCredentialController {
  constructor(private readonly credentials: DeliveryCredentials) {}

  @Put(':credential')
  @ApiOperation({
    operationId: 'putDeliveryCredential',
    summary: 'Give a credential for deliveries',
    description: 'Kept sealed and never shown again. The session begins anew with it; what is on its way ends under the old one.',
  })
  @ApiParam(ID)
  @ApiParam(CREDENTIAL)
  @ApiOkResponse({ type: WireCredentialView })
  @ApiResponse({ status: 400, description: 'The protocol knows no such credential (problem+json `validation-failed`).' })
  @ApiResponse(NOT_FOUND)
  async put(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Param('credential') credential: string,
    @Body() { value }: WireCredentialDto,
  ): Promise<WireCredentialView> {
    return wireCredentialView(await this.credentials.put(principal, parseTwinId(id), credential, value));
  }

  @Get()
  @ApiOperation({
    operationId: 'listDeliveryCredentials',
    summary: 'List credentials of the delivery',
    description: 'Names and ages; no secrets.',
  })
  @ApiParam(ID)
  @ApiOkResponse({ type: WireCredentialsView })
  @ApiResponse(NOT_FOUND)
  async list(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<WireCredentialsView> {
    return { items: (await this.credentials.list(principal, parseTwinId(id))).map(wireCredentialView) };
  }

  @Delete(':credential')
  @HttpCode(204)
  @ApiOperation({
    operationId: 'removeDeliveryCredential',
    summary: 'Forget a credential of deliveries',
    description: 'The session begins anew without it.',
  })
  @ApiParam(ID)
  @ApiParam(CREDENTIAL)
  @ApiNoContentResponse({ description: 'Forgotten.' })
  @ApiResponse(NOT_FOUND)
  async remove(@CurrentPrincipal() principal: Principal, @Param('id') id: string, @Param('credential') credential: string): Promise<void> {
    await this.credentials.remove(principal, parseTwinId(id), credential);
  }
}
