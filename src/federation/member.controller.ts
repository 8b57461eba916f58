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
import { parseFederationId, parseTwinId } from '../kernel/ids.js';
import { CurrentPrincipal } from '../security/current-principal.js';
import type { Principal } from '../security/principal.js';
import { FEDERATION_ID, TEMPORARY_FEDERATION_ID, TRAFFIC_TWIN_ID } from './dto/examples.js';
import { SeatDto } from './dto/federation-input.dto.js';
import { ListMembersDto } from './dto/list-query.dto.js';
import { MemberDto, MemberPageDto, memberWire } from './dto/member.dto.js';
import { CONFLICT, FORBIDDEN, INVALID, INVALID_LIST, NOT_FOUND } from './federation-presenter.js';
import { MemberService } from './member.service.js';

const ID = { name: 'id', description: 'Id of the federation, percent-encoded.', example: FEDERATION_ID };
const TWIN = { name: 'twin', description: 'Id of the twin, percent-encoded.', example: TRAFFIC_TWIN_ID };
const TRAFFIC = { traffic: { summary: 'The traffic twin', value: { twin: TRAFFIC_TWIN_ID } } };

/** Members of a federation (FM-FE). */
@ApiTags('Federations')
@ApiBearerAuth('organization')
@Controller('v1/federations/:id')
export class MemberController {
  constructor(private readonly members: MemberService) {}

  @Post('invitations')
  @ApiOperation({
    operationId: 'inviteTwin',
    summary: 'Invite a twin',
    description:
      'By the initiator. The twin finds the invitation in its inbox. A twin that has asked to join becomes a member. Inviting an invited ' +
      'twin or a member again changes nothing.',
  })
  @ApiParam(ID)
  @ApiBody({ type: SeatDto, examples: TRAFFIC })
  @ApiCreatedResponse({ type: MemberDto, description: 'Invited, or JOINED if it had asked.' })
  @ApiOkResponse({ type: MemberDto, description: 'Unchanged.' })
  @ApiResponse(INVALID)
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  @ApiResponse(CONFLICT)
  async invite(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() dto: SeatDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MemberDto> {
    const { member, change } = await this.members.invite(principal, parseFederationId(id), dto);
    void reply.code(change === 'changed' ? 201 : 200);
    return memberWire(member);
  }

  @Post('members')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'joinFederation',
    summary: 'Join a federation',
    description:
      'In the name of the joining twin: takes up its invitation. Without one, on a listed federation, asks the initiator (REQUESTED). Repeating it ' +
      'changes nothing.',
  })
  @ApiParam(ID)
  @ApiBody({ type: SeatDto, examples: TRAFFIC })
  @ApiOkResponse({ type: MemberDto, description: 'JOINED or REQUESTED.' })
  @ApiResponse(INVALID)
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  @ApiResponse(CONFLICT)
  async join(@CurrentPrincipal() principal: Principal, @Param('id') id: string, @Body() dto: SeatDto): Promise<MemberDto> {
    const { member } = await this.members.join(principal, parseFederationId(id), dto);
    return memberWire(member);
  }

  @Get('members')
  @ApiOperation({
    operationId: 'listMembers',
    summary: 'List members',
    description:
      'Present and past, by twin. Who is neither a member nor invited sees of a listed federation only the twins that it may see anyway, so a page may ' +
      'hold fewer than asked for: go on while there is a next.',
  })
  @ApiParam(ID)
  @ApiOkResponse({ type: MemberPageDto })
  @ApiResponse(INVALID_LIST)
  @ApiResponse(NOT_FOUND)
  async list(@CurrentPrincipal() principal: Principal, @Param('id') id: string, @Query() query: ListMembersDto): Promise<MemberPageDto> {
    const { items, ...rest } = await this.members.list(principal, parseFederationId(id), query);
    return { items: items.map(memberWire), ...rest };
  }

  @Post('members/:twin/accept')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'admitMember',
    summary: 'Admit a twin that has asked to join',
    description: 'By the initiator. Admitting a member changes nothing. An invited twin joins by itself.',
  })
  @ApiParam(ID)
  @ApiParam(TWIN)
  @ApiOkResponse({ type: MemberDto })
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  @ApiResponse(CONFLICT)
  async admit(@CurrentPrincipal() principal: Principal, @Param('id') id: string, @Param('twin') twin: string): Promise<MemberDto> {
    const { member } = await this.members.admit(principal, parseFederationId(id), parseTwinId(twin));
    return memberWire(member);
  }

  @Delete('members/:twin')
  @HttpCode(204)
  @ApiOperation({
    operationId: 'leaveFederation',
    summary: 'Leave, decline, withdraw, refuse or remove',
    description:
      'In the name of the twin: leaves, declines its invitation or withdraws its request. By the initiator: removes the member, takes the invitation back or ' +
      'refuses the request. The twin’s connections in the federation are released. The initiator itself hands over first, or dissolves.',
  })
  @ApiParam({ ...ID, example: TEMPORARY_FEDERATION_ID })
  @ApiParam(TWIN)
  @ApiNoContentResponse({ description: 'The twin is outside.' })
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  @ApiResponse(CONFLICT)
  async leave(@CurrentPrincipal() principal: Principal, @Param('id') id: string, @Param('twin') twin: string): Promise<void> {
    await this.members.leave(principal, parseFederationId(id), parseTwinId(twin));
  }
}
