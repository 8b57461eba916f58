import { Body, Controller, Delete, Get, Header, Headers, HttpCode, Param, Post, Put, Query, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiCreatedResponse,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { parseUriId } from '../../kernel/ids.js';
import { entityTag, readPreconditions } from '../../problems/entity-tag.js';
import { CurrentPrincipal } from '../../security/current-principal.js';
import type { Principal } from '../../security/principal.js';
import { SlotsService } from '../slot/slots.service.js';
import { FIRE_TWIN_ID, TEMPORARY_VIEW_EXAMPLE, TEMPORARY_VIEW_ID, VIEW_EXAMPLE, VIEW_ID } from './dto/examples.js';
import { SLOT_PAGE_SCHEMA } from './dto/slot-page.schema.js';
import { CreateViewDto, ReplaceViewDto } from './dto/view-input.dto.js';
import { ListSlotsDto, ListViewsDto, ViewDto, ViewPageDto, viewWire, ViewWithStatusDto, viewWithStatusWire } from './dto/view.dto.js';
import type { View } from './view.js';
import { ViewService } from './view.service.js';
import { ViewStatusService } from './view-status.service.js';

const ID = { name: 'id', description: 'Id of the view, percent-encoded.', example: VIEW_ID };
const ETAG = { ETag: { schema: { type: 'string' }, description: 'Changes with the definition.' } } as const;
const LOCATION = { Location: { schema: { type: 'string' }, description: 'The view.' } } as const;
const INVALID = {
  status: 400,
  description: 'Something is wrong, or does not commensurate; `errors` says where (problem+json `validation-failed`).',
};
const FORBIDDEN = { status: 403, description: 'The caller sees the host but does not act for it (problem+json `forbidden`).' };
const NOT_FOUND = {
  status: 404,
  description: 'There is no such view, host, federation or place that the caller may see (problem+json `not-found`).',
};
const TAKEN = {
  status: 409,
  description: 'The id or the feature is another view’s (problem+json `already-exists`), or there are too many views (`state-conflict`).',
};

function present(reply: FastifyReply, view: View, isNew = false): ViewDto {
  void reply.header('etag', entityTag({ incarnation: view.firstVersion, version: view.version }));
  if (isNew) void reply.code(201).header('location', `/v1/views/${encodeURIComponent(view.id)}`);
  return viewWire(view);
}

/** Views: data of several twins in one time slot and one unit system (Y.4224 alignment; content ours, grade P). */
@ApiTags('Alignment')
@ApiBearerAuth('organization')
@Controller('v1/views')
export class ViewController {
  constructor(
    private readonly views: ViewService,
    private readonly status: ViewStatusService,
    private readonly slots: SlotsService,
  ) {}

  @Post()
  @ApiOperation({
    operationId: 'createView',
    summary: 'Create a view',
    description:
      'Joins data features of twins that the host is connected to: slot by slot, one value a twin and column, in the units of the view. Each slot is published ' +
      `on a data feature of the host, so that others discover it, connect to it and subscribe as to any other.`,
  })
  @ApiBody({
    type: CreateViewDto,
    examples: {
      nearest: { summary: 'The nearest counter to each fire station', value: TEMPORARY_VIEW_EXAMPLE },
      fleet: {
        summary: 'Mean and greatest speed of all buses, every five seconds',
        value: {
          name: 'Buses',
          federationId: VIEW_EXAMPLE.federationId,
          host: FIRE_TWIN_ID,
          feature: 'busSpeeds',
          slotMs: 5_000,
          columns: [
            { name: 'mean', select: { feature: 'busPosition' }, pointer: '/speed', aggregation: 'mean', unit: 'km/h' },
            { name: 'greatest', select: { feature: 'busPosition' }, pointer: '/speed', aggregation: 'max', unit: 'km/h' },
          ],
          rows: { by: 'all' },
        },
      },
    },
  })
  @ApiCreatedResponse({ type: ViewDto, headers: { ...ETAG, ...LOCATION } })
  @ApiResponse(INVALID)
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  @ApiResponse(TAKEN)
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body() dto: CreateViewDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ViewDto> {
    return present(reply, await this.views.create(principal, dto), true);
  }

  @Get()
  @ApiOperation({ operationId: 'listViews', summary: 'List views', description: 'Those of the caller, in order of id.' })
  @ApiOkResponse({ type: ViewPageDto })
  @ApiResponse({ status: 400, description: 'A filter or the cursor is wrong (problem+json `validation-failed`, `invalid-cursor`).' })
  async list(@CurrentPrincipal() principal: Principal, @Query() query: ListViewsDto): Promise<ViewPageDto> {
    const { items, ...rest } = await this.views.list(principal, query);
    return { items: items.map(viewWire), ...rest };
  }

  @Put(':id')
  @ApiOperation({
    operationId: 'putView',
    summary: 'Create or replace a view',
    description: 'The same again changes nothing. Another definition begins the slots anew, with the one that the clock is in.',
  })
  @ApiParam(ID)
  @ApiHeader({ name: 'If-Match', required: false, description: 'ETag of the state that shall be changed, or *.' })
  @ApiHeader({ name: 'If-None-Match', required: false, description: '* creates a view and never replaces one.' })
  @ApiBody({ type: ReplaceViewDto, examples: { minute: { summary: 'Traffic by the minute', value: VIEW_EXAMPLE } } })
  @ApiOkResponse({ type: ViewDto, headers: ETAG, description: 'Replaced, or unchanged.' })
  @ApiCreatedResponse({ type: ViewDto, headers: { ...ETAG, ...LOCATION } })
  @ApiResponse(INVALID)
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  @ApiResponse(TAKEN)
  @ApiResponse({ status: 412, description: 'It has changed since it was read (problem+json `precondition-failed`).' })
  async replace(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() dto: ReplaceViewDto,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Headers('If-Match') ifMatch?: string,
    @Headers('If-None-Match') ifNoneMatch?: string,
  ): Promise<ViewDto> {
    const preconditions = readPreconditions({ ifMatch, ifNoneMatch });
    const { view, change } = await this.views.replace(principal, parseUriId(id), dto, preconditions);
    return present(reply, view, change === 'created');
  }

  @Get(':id')
  @ApiOperation({
    operationId: 'readView',
    summary: 'Read a view and where it stands',
    description: 'Its definition, its watermark and lag, who is joined at the moment and why others are not.',
  })
  @ApiParam(ID)
  @ApiOkResponse({ type: ViewWithStatusDto, headers: ETAG })
  @ApiResponse(NOT_FOUND)
  async read(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ViewWithStatusDto> {
    const view = await this.views.read(principal, parseUriId(id));
    return { ...present(reply, view), ...viewWithStatusWire(view, await this.status.of(view)) };
  }

  @Get(':id/slots')
  @Header('content-type', 'application/json; charset=utf-8')
  @ApiOperation({
    operationId: 'listSlots',
    summary: 'Read the closed slots of a view',
    description: 'Oldest first, each as it was last corrected; for who acts for the host, and for twins connected to it for the feature.',
  })
  @ApiParam(ID)
  @ApiOkResponse({ schema: SLOT_PAGE_SCHEMA })
  @ApiResponse({ status: 400, description: 'A time or the cursor is wrong (problem+json `validation-failed`, `invalid-cursor`).' })
  @ApiResponse(NOT_FOUND)
  async listSlots(@CurrentPrincipal() principal: Principal, @Param('id') id: string, @Query() query: ListSlotsDto): Promise<string> {
    const { items, next } = await this.slots.read(await this.views.readable(principal, parseUriId(id)), query);
    return `{"items":[${items.join(',')}]${next === undefined ? '' : `,"next":${JSON.stringify(next)}`}}`;
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({
    operationId: 'deleteView',
    summary: 'Delete a view',
    description: 'With its slots, and with the feature that it brought to its host.',
  })
  @ApiParam({ ...ID, example: TEMPORARY_VIEW_ID })
  @ApiNoContentResponse({ description: 'Deleted.' })
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  async delete(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<void> {
    await this.views.delete(principal, parseUriId(id));
  }
}
