import { Body, Controller, Delete, Get, HttpCode, Param, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { parseTwinId } from '../../kernel/ids.js';
import { CurrentPrincipal } from '../../security/current-principal.js';
import type { Principal } from '../../security/principal.js';
import { FIRE_TWIN_ID } from '../dto/example-ids.js';
import { WireCredentialDto, WireCredentialsView, WireCredentialView, wireCredentialView } from '../wire-credential/wire-credential.dto.js';
import { BindingCredentials } from './binding-credentials.service.js';
import { NAME, parseBindingName } from './binding.controller.js';

const ID = { name: 'id', description: 'Id of the twin, percent-encoded.', example: FIRE_TWIN_ID };
const CREDENTIAL = { name: 'credential', description: 'Name of a credential that the protocol knows.', example: 'username' };
const NOT_FOUND = { status: 404, description: 'There is no such thing, or the caller may not see it (problem+json `not-found`).' };

/** What the broker shows at the other end of a binding. */
@ApiTags('Exchange')
@ApiBearerAuth('organization')
@Controller('v1/twins/:id/bindings/:name/credentials')
export class BindingCredentialController {
  constructor(private readonly credentials: BindingCredentials) {}

  @Put(':credential')
  @ApiOperation({
    operationId: 'putBindingCredential',
    summary: 'Give a credential',
    description: 'Kept sealed and never shown again. The session begins anew with it; nothing that the wire keeps is lost.',
  })
  @ApiParam(ID)
  @ApiParam(NAME)
  @ApiParam(CREDENTIAL)
  @ApiOkResponse({ type: WireCredentialView })
  @ApiResponse({ status: 400, description: 'The protocol knows no such credential (problem+json `validation-failed`).' })
  @ApiResponse(NOT_FOUND)
  async put(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Param('name') name: string,
    @Param('credential') credential: string,
    @Body() { value }: WireCredentialDto,
  ): Promise<WireCredentialView> {
    return wireCredentialView(await this.credentials.put(principal, parseTwinId(id), parseBindingName(name), credential, value));
  }

  @Get()
  @ApiOperation({ operationId: 'listBindingCredentials', summary: 'List credentials', description: 'Names and ages; no secrets.' })
  @ApiParam(ID)
  @ApiParam(NAME)
  @ApiOkResponse({ type: WireCredentialsView })
  @ApiResponse(NOT_FOUND)
  async list(@CurrentPrincipal() principal: Principal, @Param('id') id: string, @Param('name') name: string): Promise<WireCredentialsView> {
    return { items: (await this.credentials.list(principal, parseTwinId(id), parseBindingName(name))).map(wireCredentialView) };
  }

  @Delete(':credential')
  @HttpCode(204)
  @ApiOperation({
    operationId: 'removeBindingCredential',
    summary: 'Forget a credential',
    description: 'The session begins anew without it.',
  })
  @ApiParam(ID)
  @ApiParam(NAME)
  @ApiParam(CREDENTIAL)
  @ApiNoContentResponse({ description: 'Forgotten.' })
  @ApiResponse(NOT_FOUND)
  async remove(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Param('name') name: string,
    @Param('credential') credential: string,
  ): Promise<void> {
    await this.credentials.remove(principal, parseTwinId(id), parseBindingName(name), credential);
  }
}
