import { Controller, Delete, Get, HttpCode, Param, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { parseOrganizationId, parseTwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import { CurrentPrincipal } from '../../security/current-principal.js';
import type { Principal } from '../../security/principal.js';
import { FIRE_TWIN_ID, TRAFFIC_TWIN_ID } from '../dto/example-ids.js';
import { InboxObserversDto, toInboxObserversDto } from './dto/inbox-observer.dto.js';
import { InboxObservers } from './inbox-observers.js';

const ID = { name: 'id', description: 'Id of the receiving twin, percent-encoded.', example: FIRE_TWIN_ID };
const KIND = { name: 'kind', description: '`organization` or `twin`.', example: 'twin' };
const OBSERVER = { name: 'observer', description: 'Id of the organization or twin, percent-encoded.', example: TRAFFIC_TWIN_ID };
const NOT_FOUND = { status: 404, description: 'There is no such twin, or the caller may not see it (problem+json `not-found`).' };
const FORBIDDEN = { status: 403, description: 'The caller does not act for the twin (problem+json `forbidden`).' };

function observerOf(kind: string, id: string): { kind: 'organization' | 'twin'; id: string } {
  if (kind === 'organization') return { kind, id: parseOrganizationId(id) };
  if (kind === 'twin') return { kind, id: parseTwinId(id) };
  throw new DomainError('route-not-found', 'Observers are of the kind organization or twin.');
}

/** Who else may look at an inbox. */
@ApiTags('Exchange')
@ApiBearerAuth('organization')
@Controller('v1/twins/:id/inbox/observers')
export class InboxObserverController {
  constructor(private readonly observers: InboxObservers) {}

  @Put(':kind/:observer')
  @ApiOperation({
    operationId: 'grantInboxObserver',
    summary: 'Let somebody look at an inbox',
    description:
      'An organization, or a twin and its organization, may then browse the inbox, see its backlog and stream it with `ack=none`. It neither claims nor settles. ' +
      'Only while it also sees the twin; else it gets 404.',
  })
  @ApiParam(ID)
  @ApiParam(KIND)
  @ApiParam(OBSERVER)
  @ApiOkResponse({ type: InboxObserversDto })
  @ApiResponse({ status: 409, description: 'There are 100 observers already (problem+json `state-conflict`).' })
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  async grant(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Param('kind') kind: string,
    @Param('observer') observer: string,
  ): Promise<InboxObserversDto> {
    const who = observerOf(kind, observer);
    return toInboxObserversDto(await this.observers.grant(principal, parseTwinId(id), who.kind, who.id));
  }

  @Get()
  @ApiOperation({ operationId: 'listInboxObservers', summary: 'List who else may look at an inbox', description: 'At most 100.' })
  @ApiParam(ID)
  @ApiOkResponse({ type: InboxObserversDto })
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  async list(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<InboxObserversDto> {
    return toInboxObserversDto(await this.observers.list(principal, parseTwinId(id)));
  }

  @Delete(':kind/:observer')
  @HttpCode(204)
  @ApiOperation({
    operationId: 'revokeInboxObserver',
    summary: 'Let somebody look no longer',
    description: 'Open streams of theirs end within about a second.',
  })
  @ApiParam(ID)
  @ApiParam(KIND)
  @ApiParam(OBSERVER)
  @ApiNoContentResponse({ description: 'Revoked.' })
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  async revoke(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Param('kind') kind: string,
    @Param('observer') observer: string,
  ): Promise<void> {
    const who = observerOf(kind, observer);
    await this.observers.revoke(principal, parseTwinId(id), who.kind, who.id);
  }
}
