import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query, Res } from '@nestjs/common';
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
import { CurrentPrincipal } from '../../security/current-principal.js';
import { PageQuery } from '../../security/dto/page-query.dto.js';
import type { Principal } from '../../security/principal.js';
import { IMPORT_BODY, readImport, SchemaOutcomesDto, SharedSchemaDto, SharedSchemaPageDto, toSummary } from './shared-schema.dto.js';
import { ROAD_SCHEMA, TEMPORARY_SCHEMA } from './shared-schema.examples.js';
import { SharedSchemaService } from './shared-schema.service.js';

const ID = { name: 'id', description: 'The absolute URI of the schema, percent-encoded.' };
const INVALID = {
  status: 400,
  description: 'The schema, or its id, is not valid; `errors` names the place (problem+json `validation-failed`).',
};
const NOT_FOUND = { status: 404, description: 'There is no such schema, or the caller may not see it (problem+json `not-found`).' };
const TAKEN = { status: 409, description: 'Another content is registered under the id (problem+json `already-exists`).' };
const FORBIDDEN = { status: 403, description: 'A twin shares no schemas (problem+json `forbidden`).' };
const SCHEMA_BODY = { schema: { oneOf: [{ type: 'object', additionalProperties: true }, { type: 'boolean' }] } };

/** JSON Schemas that features refer to by `$id` (SD-FE). */
@ApiTags('Dictionary')
@ApiBearerAuth('organization')
@Controller('v1/dictionary/schemas')
export class SharedSchemaController {
  constructor(private readonly schemas: SharedSchemaService) {}

  @Put(':id')
  @ApiOperation({
    operationId: 'registerSharedSchema',
    summary: 'Register a shared schema',
    description:
      'The body is the JSON Schema (2020-12 or draft-07). From then on `$ref`s of the organization’s schemas resolve to it; those of an operator are for ' +
      'everyone. A shared schema never changes: the same content again is fine, another content is refused.',
  })
  @ApiParam({ ...ID, example: TEMPORARY_SCHEMA.$id })
  @ApiBody({ ...SCHEMA_BODY, examples: { temporary: { summary: 'Two definitions', value: TEMPORARY_SCHEMA } } })
  @ApiCreatedResponse({ type: SharedSchemaDto })
  @ApiOkResponse({ type: SharedSchemaDto, description: 'It was registered before.' })
  @ApiResponse(INVALID)
  @ApiResponse(FORBIDDEN)
  @ApiResponse(TAKEN)
  async register(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() schema: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SharedSchemaDto> {
    const [outcome] = await this.schemas.register(principal, [{ id, schema }]);
    void reply.status(outcome?.change === 'created' ? 201 : 200);
    return this.shown(principal, id);
  }

  @Post()
  @HttpCode(200)
  @ApiOperation({
    operationId: 'importSharedSchemas',
    summary: 'Import shared schemas',
    description: 'Registers up to 100 schemas, all or none, each under its `$id` or the address given. They may refer to one another.',
  })
  @ApiBody({ schema: IMPORT_BODY, examples: { roads: { summary: 'One schema', value: { schemas: [{ schema: ROAD_SCHEMA }] } } } })
  @ApiOkResponse({ type: SchemaOutcomesDto })
  @ApiResponse(INVALID)
  @ApiResponse(FORBIDDEN)
  @ApiResponse(TAKEN)
  async import(@CurrentPrincipal() principal: Principal, @Body() body: unknown): Promise<SchemaOutcomesDto> {
    return { outcomes: await this.schemas.register(principal, readImport(body)) };
  }

  @Get()
  @ApiOperation({
    operationId: 'listSharedSchemas',
    summary: 'List shared schemas',
    description: 'Those of the caller’s organization and the public ones, in order of id, without the documents; at most 200 at once.',
  })
  @ApiOkResponse({ type: SharedSchemaPageDto })
  async list(@CurrentPrincipal() principal: Principal, @Query() { limit, cursor }: PageQuery): Promise<SharedSchemaPageDto> {
    const { items, ...rest } = await this.schemas.list(principal, limit, cursor);
    return { items: items.map(toSummary), ...rest };
  }

  @Get(':id')
  @ApiOperation({
    operationId: 'readSharedSchema',
    summary: 'Read a shared schema',
    description:
      'The organization’s own if it has one under this id, else the public one; GeoJSON’s (`https://geojson.org/schema/…`) are built in.',
  })
  @ApiParam({ ...ID, example: TEMPORARY_SCHEMA.$id })
  @ApiOkResponse({ type: SharedSchemaDto })
  @ApiResponse(NOT_FOUND)
  async read(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<SharedSchemaDto> {
    return this.shown(principal, id);
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({
    operationId: 'removeSharedSchema',
    summary: 'Remove a shared schema',
    description: 'Refused while a twin or another shared schema refers to it.',
  })
  @ApiParam({ ...ID, example: TEMPORARY_SCHEMA.$id })
  @ApiNoContentResponse()
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  @ApiResponse({ status: 409, description: 'It is in use; the detail says by what (problem+json `state-conflict`).' })
  async remove(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<void> {
    await this.schemas.remove(principal, id);
  }

  private async shown(principal: Principal, id: string): Promise<SharedSchemaDto> {
    const schema = await this.schemas.read(principal, id);
    return { ...toSummary(schema), schema: schema.schema };
  }
}
