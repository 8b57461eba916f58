import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentPrincipal } from './current-principal.js';
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
import { namedOrganization } from './own-organization.js';
import type { Principal } from './principal.js';

const ID = { name: 'id', description: 'Id of the organization.', example: 'city-traffic' };
const NOT_FOUND = { status: 404, description: 'There is no such thing, or the caller may not see it (problem+json `not-found`).' };
const FORBIDDEN = { status: 403, description: 'The caller is not an operator (problem+json `forbidden`).' };

/** Organizations, as operators run them. */
@ApiTags('Organizations')
@ApiBearerAuth('operator')
@Controller('v1/organizations')
export class OrganizationController {
  constructor(private readonly organizations: OrganizationService) {}

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
    return organizationView(await this.organizations.setStatus(principal, namedOrganization(principal, id), 'SUSPENDED'));
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
    return organizationView(await this.organizations.setStatus(principal, namedOrganization(principal, id), 'ACTIVE'));
  }
}
