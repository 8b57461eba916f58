import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { parseOrganizationId } from '../kernel/ids.js';
import { CredentialService } from './credential.service.js';
import { CurrentPrincipal } from './current-principal.js';
import { CredentialPage, credentialPage, NewCredentialView, newCredentialView } from './dto/credential.dto.js';
import {
  CreateOrganization,
  NewOrganizationView,
  newOrganizationView,
  OrganizationPage,
  organizationPage,
  OrganizationView,
  organizationView,
} from './dto/organization.dto.js';
import { PageQuery } from './dto/page-query.dto.js';
import { OperatorOnly } from './operator-only.js';
import { OrganizationService } from './organization.service.js';
import type { Principal } from './principal.js';

const ID = { name: 'id', description: 'Id of the organization.', example: 'city-traffic' };
const NOT_FOUND = { status: 404, description: 'There is no such thing, or the caller may not see it (problem+json `not-found`).' };
const FORBIDDEN = { status: 403, description: 'The caller is not an operator (problem+json `forbidden`).' };

/** Organizations and their credentials. */
@ApiTags('Organizations')
@ApiBearerAuth('operator')
@Controller('v1/organizations')
export class OrganizationController {
  constructor(
    private readonly organizations: OrganizationService,
    private readonly credentials: CredentialService,
  ) {}

  @Post()
  @OperatorOnly()
  @ApiOperation({
    operationId: 'createOrganization',
    summary: 'Create an organization',
    description: 'Creates the organization with its first client credential, whose secret is in this answer and nowhere else.',
  })
  @ApiCreatedResponse({
    type: NewOrganizationView,
    headers: { Location: { schema: { type: 'string' }, description: 'The organization.' } },
  })
  @ApiResponse({ status: 409, description: 'The id is taken (problem+json `already-exists`).' })
  @ApiResponse(FORBIDDEN)
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body() body: CreateOrganization,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<NewOrganizationView> {
    const created = await this.organizations.create(principal, body);
    void reply.headers({ location: `/v1/organizations/${created.organization.id}`, 'cache-control': 'no-store' });
    return newOrganizationView(created);
  }

  @Get()
  @OperatorOnly()
  @ApiOperation({ operationId: 'listOrganizations', summary: 'List organizations', description: 'All organizations, by id.' })
  @ApiOkResponse({ type: OrganizationPage })
  @ApiResponse(FORBIDDEN)
  async list(@CurrentPrincipal() principal: Principal, @Query() { limit, cursor }: PageQuery): Promise<OrganizationPage> {
    return organizationPage(await this.organizations.list(principal, limit, cursor));
  }

  @Get(':id')
  @ApiBearerAuth('organization')
  @ApiOperation({
    operationId: 'readOrganization',
    summary: 'Read an organization',
    description: 'For an operator, and for the organization itself.',
  })
  @ApiParam(ID)
  @ApiOkResponse({ type: OrganizationView })
  @ApiResponse(NOT_FOUND)
  async read(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<OrganizationView> {
    return organizationView(await this.organizations.read(principal, parseOrganizationId(id)));
  }

  @Post(':id/suspend')
  @HttpCode(200)
  @OperatorOnly()
  @ApiOperation({
    operationId: 'suspendOrganization',
    summary: 'Suspend an organization',
    description:
      'From now on the tokens of the organization and its twins are refused, by every broker within a second. Repeating it changes nothing.',
  })
  @ApiParam(ID)
  @ApiOkResponse({ type: OrganizationView })
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  async suspend(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<OrganizationView> {
    return organizationView(await this.organizations.setStatus(principal, parseOrganizationId(id), 'SUSPENDED'));
  }

  @Post(':id/resume')
  @HttpCode(200)
  @OperatorOnly()
  @ApiOperation({
    operationId: 'resumeOrganization',
    summary: 'Resume an organization',
    description: 'Ends a suspension; the credentials and tokens that the organization had work again. Repeating it changes nothing.',
  })
  @ApiParam(ID)
  @ApiOkResponse({ type: OrganizationView })
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  async resume(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<OrganizationView> {
    return organizationView(await this.organizations.setStatus(principal, parseOrganizationId(id), 'ACTIVE'));
  }

  @Post(':id/credentials')
  @ApiBearerAuth('organization')
  @ApiOperation({
    operationId: 'createOrganizationCredential',
    summary: 'Create another credential for an organization',
    description:
      'For an operator, and for the organization itself. The secret is in this answer and nowhere else. Create, switch over, delete the old one.',
  })
  @ApiParam(ID)
  @ApiCreatedResponse({ type: NewCredentialView })
  @ApiResponse(NOT_FOUND)
  async createCredential(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<NewCredentialView> {
    void reply.header('cache-control', 'no-store');
    return newCredentialView(await this.credentials.create(principal, { organization: parseOrganizationId(id) }));
  }

  @Get(':id/credentials')
  @ApiBearerAuth('organization')
  @ApiOperation({
    operationId: 'listOrganizationCredentials',
    summary: 'List the credentials of an organization',
    description: 'Without secrets, by client id. For an operator, and for the organization itself.',
  })
  @ApiParam(ID)
  @ApiOkResponse({ type: CredentialPage })
  @ApiResponse(NOT_FOUND)
  async listCredentials(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Query() { limit, cursor }: PageQuery,
  ): Promise<CredentialPage> {
    return credentialPage(await this.credentials.list(principal, { organization: parseOrganizationId(id) }, limit, cursor));
  }

  @Delete(':id/credentials/:clientId')
  @HttpCode(204)
  @ApiBearerAuth('organization')
  @ApiOperation({
    operationId: 'deleteOrganizationCredential',
    summary: 'Delete a credential of an organization',
    description: 'Ends the credential and every token issued for it, in every broker within a second.',
  })
  @ApiParam(ID)
  @ApiParam({ name: 'clientId', example: 'org_city-traffic_4f1c9a7be2d03586' })
  @ApiNoContentResponse({ description: 'Deleted.' })
  @ApiResponse(NOT_FOUND)
  async deleteCredential(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Param('clientId') clientId: string,
  ): Promise<void> {
    await this.credentials.delete(principal, { organization: parseOrganizationId(id) }, clientId);
  }
}
