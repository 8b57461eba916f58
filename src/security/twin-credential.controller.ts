import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
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
import { parseTwinId } from '../kernel/ids.js';
import { CurrentPrincipal } from './current-principal.js';
import {
  CREATE_CREDENTIAL_BODY,
  CreateCredential,
  CREDENTIAL_CONFLICT,
  CREDENTIAL_PARAM,
  CredentialPage,
  credentialPage,
  NewCredentialView,
  newCredentialView,
} from './dto/credential.dto.js';
import { PageQuery } from './dto/page-query.dto.js';
import type { Principal } from './principal.js';
import { TwinCredentialService } from './twin-credential.service.js';

const ID = { name: 'id', description: 'Id of the twin, percent-encoded.', example: 'urn:example:twin:traffic' };
const NOT_FOUND = { status: 404, description: 'There is no such thing, or the caller may not see it (problem+json `not-found`).' };
const FORBIDDEN = { status: 403, description: 'The caller is not the organization that owns the twin (problem+json `forbidden`).' };

/** Credentials with which a twin acts for itself alone. */
@ApiTags('Identity')
@ApiBearerAuth('organization')
@Controller('v1/twins/:id/credentials')
export class TwinCredentialController {
  constructor(private readonly credentials: TwinCredentialService) {}

  @Post()
  @ApiOperation({
    operationId: 'createTwinCredential',
    summary: 'Create a credential for a twin',
    description:
      'For the organization that owns the twin. A token got with it acts for this twin alone. The secret is in this answer and nowhere else. ' +
      'Deregistering the twin ends its credentials.',
  })
  @ApiParam(ID)
  @ApiBody(CREATE_CREDENTIAL_BODY)
  @ApiCreatedResponse({ type: NewCredentialView })
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  @ApiResponse(CREDENTIAL_CONFLICT)
  async create(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() { name }: CreateCredential,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<NewCredentialView> {
    void reply.header('cache-control', 'no-store');
    return newCredentialView(await this.credentials.create(principal, parseTwinId(id), name));
  }

  @Get()
  @ApiOperation({
    operationId: 'listTwinCredentials',
    summary: 'List the credentials of a twin',
    description: 'Without secrets, by client id.',
  })
  @ApiParam(ID)
  @ApiOkResponse({ type: CredentialPage })
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  async list(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Query() { limit, cursor }: PageQuery,
  ): Promise<CredentialPage> {
    return credentialPage(await this.credentials.list(principal, parseTwinId(id), limit, cursor));
  }

  @Delete(':clientId')
  @HttpCode(204)
  @ApiOperation({
    operationId: 'deleteTwinCredential',
    summary: 'Delete a credential of a twin',
    description: 'By its client id or name. Ends the credential and every token issued for it, in every broker within a second.',
  })
  @ApiParam(ID)
  @ApiParam(CREDENTIAL_PARAM)
  @ApiNoContentResponse({ description: 'Deleted.' })
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  async delete(@CurrentPrincipal() principal: Principal, @Param('id') id: string, @Param('clientId') clientId: string): Promise<void> {
    await this.credentials.delete(principal, parseTwinId(id), clientId);
  }
}
