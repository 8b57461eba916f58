import { Body, Controller, Get, Param, Post, Query, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiConsumes,
  ApiExtraModels,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiProduces,
  ApiResponse,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { parseTwinId } from '../../kernel/ids.js';
import { CurrentPrincipal } from '../../security/current-principal.js';
import type { Principal } from '../../security/principal.js';
import { IMPORT_EXAMPLES, THING_EXAMPLE } from './dto/examples.js';
import { ImportQueryDto } from './dto/import-query.dto.js';
import { ImportBatchDto, ImportOutcomeDto, TwinSourceDto } from './dto/import.dto.js';
import { presentImport, presentSource, toTwinSourceDto } from './import.presenter.js';
import { ImportService } from './import.service.js';
import { JsonTextPipe } from './json-text.pipe.js';

const DOCUMENT_TYPES = ['application/json', 'application/td+json', 'application/ld+json', 'application/aas+json'];
const THING = { name: 'id', description: 'Id of the twin, percent-encoded.', example: THING_EXAMPLE.id };
const NO_SOURCE = {
  status: 404,
  description: 'There is no such twin, the caller may not see it, or it was not imported (problem+json `not-found`).',
};

/** Import of the documents that cities have of their things. */
@ApiTags('Registry')
@ApiBearerAuth('organization')
@ApiExtraModels(ImportOutcomeDto, ImportBatchDto)
@Controller('v1/twins')
export class ImportController {
  constructor(private readonly imports: ImportService) {}

  @Post('import')
  @ApiOperation({
    operationId: 'importTwin',
    summary: 'Import a twin from a document',
    description:
      'Takes a W3C Thing Description, a DTDL interface, an NGSI-LD entity or context source registration, or an AAS shell descriptor, as it is: up to ' +
      '1 MB. It becomes a twin with typed features, registered or replaced as PUT does; what has no place in a profile is listed. The document is kept ' +
      'as it came. The same again changes nothing. An array of up to 1,000 (32 MB) makes one twin each, and one that is refused does not keep the ' +
      'others from being registered.',
  })
  @ApiConsumes(...DOCUMENT_TYPES)
  @ApiBody({
    schema: {
      oneOf: [
        { type: 'object', additionalProperties: true },
        { type: 'array', items: {}, minItems: 1, maxItems: 1000 },
      ],
    },
    examples: IMPORT_EXAMPLES,
  })
  @ApiOkResponse({
    description: 'Replaced, unchanged, or a dry run; or all documents of an array are imported.',
    schema: { oneOf: [{ $ref: getSchemaPath(ImportOutcomeDto) }, { $ref: getSchemaPath(ImportBatchDto) }] },
  })
  @ApiResponse({ status: 201, type: ImportOutcomeDto, description: 'Registered.' })
  @ApiResponse({ status: 207, type: ImportBatchDto, description: 'Some documents of the array were refused; each item says why.' })
  @ApiResponse({
    status: 400,
    description: 'No document of a known kind, or an option is wrong (problem+json `validation-failed`, `malformed-message`).',
  })
  @ApiResponse({ status: 403, description: 'The caller does not act for the twin (problem+json `forbidden`).' })
  @ApiResponse({ status: 409, description: 'The id is in use, or features would break connections (problem+json).' })
  @ApiResponse({ status: 413, description: 'A document over 1 MB, or an array of more than 1,000 (problem+json `payload-too-large`).' })
  async import(
    @CurrentPrincipal() principal: Principal,
    @Query() options: ImportQueryDto,
    @Body(JsonTextPipe) text: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ImportOutcomeDto | ImportBatchDto> {
    const mediaType = (reply.request.headers['content-type']?.split(';')[0] ?? '').trim().toLowerCase();
    return presentImport(reply, await this.imports.import(principal, { text, mediaType }, options), options.dryRun);
  }

  @Get(':id/source')
  @ApiOperation({
    operationId: 'readTwinSource',
    summary: 'Read the document that a twin was imported from',
    description: 'Byte for byte as it came, with the content type it came with.',
  })
  @ApiParam(THING)
  @ApiProduces(...DOCUMENT_TYPES)
  @ApiOkResponse({
    schema: { type: 'object', additionalProperties: true },
    headers: { ETag: { schema: { type: 'string' }, description: 'SHA-256 of the document.' } },
  })
  @ApiResponse(NO_SOURCE)
  async source(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer> {
    return presentSource(reply, await this.imports.source(principal, parseTwinId(id)));
  }

  @Get(':id/source/about')
  @ApiOperation({
    operationId: 'describeTwinSource',
    summary: 'Tell about the document that a twin was imported from',
    description: 'When it came, what it is, and whether the twin was changed since by other means.',
  })
  @ApiParam(THING)
  @ApiOkResponse({ type: TwinSourceDto })
  @ApiResponse(NO_SOURCE)
  async describeSource(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<TwinSourceDto> {
    return toTwinSourceDto(await this.imports.source(principal, parseTwinId(id)));
  }
}
