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
import { CredentialService } from './credential.service.js';
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
import { OrganizationView, organizationView } from './dto/organization.dto.js';
import { PageQuery } from './dto/page-query.dto.js';
import { OrganizationService } from './organization.service.js';
import { namedOrganization } from './own-organization.js';
import type { Principal } from './principal.js';

const ID = { name: 'id', description: "Id of the organization, or `me` for the caller's own.", example: 'me' };
const NOT_FOUND = { status: 404, description: 'There is no such thing, or the caller may not see it (problem+json `not-found`).' };
const FORBIDDEN = { status: 403, description: 'The caller is a twin (problem+json `forbidden`).' };

/** What an organization sees of itself, and the credentials that it manages; an operator does the same for every organization. */
@ApiTags('Identity')
@ApiBearerAuth('operator')
@ApiBearerAuth('organization')
@Controller('v1/organizations')
export class OrganizationIdentityController {
  constructor(
    private readonly organizations: OrganizationService,
    private readonly credentials: CredentialService,
  ) {}

  @Get(':id')
  @ApiOperation({
    operationId: 'readOrganization',
    summary: 'Read an organization',
    description: 'For an operator, and for the organization itself.',
  })
  @ApiParam(ID)
  @ApiOkResponse({ type: OrganizationView })
  @ApiResponse(NOT_FOUND)
  async read(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<OrganizationView> {
    return organizationView(await this.organizations.read(principal, namedOrganization(principal, id)));
  }

  @Post(':id/credentials')
  @ApiOperation({
    operationId: 'createOrganizationCredential',
    summary: 'Create another credential for an organization',
    description:
      'For an operator, and for the organization itself. The secret is in this answer and nowhere else. Create, switch over, delete the old one.',
  })
  @ApiParam(ID)
  @ApiBody(CREATE_CREDENTIAL_BODY)
  @ApiCreatedResponse({ type: NewCredentialView })
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  @ApiResponse(CREDENTIAL_CONFLICT)
  async createCredential(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() { name }: CreateCredential,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<NewCredentialView> {
    void reply.header('cache-control', 'no-store');
    return newCredentialView(await this.credentials.create(principal, { organization: namedOrganization(principal, id) }, name));
  }

  @Get(':id/credentials')
  @ApiOperation({
    operationId: 'listOrganizationCredentials',
    summary: 'List the credentials of an organization',
    description: 'Without secrets, by client id. For an operator, and for the organization itself.',
  })
  @ApiParam(ID)
  @ApiOkResponse({ type: CredentialPage })
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  async listCredentials(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Query() { limit, cursor }: PageQuery,
  ): Promise<CredentialPage> {
    return credentialPage(await this.credentials.list(principal, { organization: namedOrganization(principal, id) }, limit, cursor));
  }

  @Delete(':id/credentials/:clientId')
  @HttpCode(204)
  @ApiOperation({
    operationId: 'deleteOrganizationCredential',
    summary: 'Delete a credential of an organization',
    description:
      'By its client id or name. Ends the credential and every token issued for it, in every broker within a second. It may be the one that ' +
      'the caller uses: then this answer is the last one to its tokens. An organization left without any gets a new one from an operator.',
  })
  @ApiParam(ID)
  @ApiParam(CREDENTIAL_PARAM)
  @ApiNoContentResponse({ description: 'Deleted.' })
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  async deleteCredential(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Param('clientId') clientId: string,
  ): Promise<void> {
    await this.credentials.delete(principal, { organization: namedOrganization(principal, id) }, clientId);
  }
}
