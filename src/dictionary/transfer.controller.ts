import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiConsumes,
  ApiExtraModels,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CurrentPrincipal } from '../security/current-principal.js';
import type { Principal } from '../security/principal.js';
import { CITY_VOCABULARY, IMPORTED_DOCUMENT, IMPORTED_TURTLE } from './dto/examples.js';
import { ExportQueryDto, ImportQueryDto, ImportReportDto } from './dto/transfer.dto.js';
import { writeContext } from './skos/context-writer.js';
import { chooseMediaType } from './skos/media-type.js';
import { writeSkosJsonLd, writeSkosTurtle } from './skos/skos-writer.js';
import { TransferService } from './skos/transfer.service.js';

const JSON_LD = 'application/ld+json';
const TURTLE = 'text/turtle';
const ID = { name: 'id', description: 'Id of the vocabulary, percent-encoded.', example: CITY_VOCABULARY.id };
const FREE = { type: 'object', additionalProperties: true } as const;

/** Vocabularies as documents: SKOS and JSON-LD contexts, in and out (SD-FE). */
@ApiTags('Dictionary')
@ApiBearerAuth('organization')
@ApiExtraModels(ImportReportDto)
@Controller('v1/dictionary/vocabularies')
export class TransferController {
  constructor(private readonly transfers: TransferService) {}

  @Post(':id/import')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'importVocabulary',
    summary: 'Import SKOS or a JSON-LD context',
    description:
      'All of the document or nothing. SKOS (Turtle or JSON-LD) makes and replaces terms as a whole; a JSON-LD document that is only a context adds ' +
      'its names. What cannot be kept is listed. Contexts are never fetched; at most 4 MiB, 100,000 triples, 10,000 terms.',
  })
  @ApiParam(ID)
  @ApiConsumes(JSON_LD, TURTLE)
  @ApiBody({
    schema: { oneOf: [FREE, { type: 'string' }] },
    examples: {
      skos: { summary: 'SKOS in JSON-LD', value: IMPORTED_DOCUMENT },
      context: { summary: 'A JSON-LD context', value: { '@context': { noise: `${CITY_VOCABULARY.id}:noise` } } },
      turtle: { summary: 'SKOS in Turtle (Content-Type: text/turtle)', value: IMPORTED_TURTLE },
    },
  })
  @ApiOkResponse({ type: ImportReportDto })
  @ApiResponse({
    status: 400,
    description: 'It cannot be read, or says something wrong; `errors` names each (problem+json `validation-failed`).',
  })
  @ApiResponse({ status: 403, description: 'The caller is not the steward (problem+json `forbidden`).' })
  @ApiResponse({ status: 404, description: 'There is no such vocabulary (problem+json `not-found`).' })
  @ApiResponse({ status: 409, description: 'A term would be broader than itself, or there are too many (problem+json `state-conflict`).' })
  @ApiResponse({ status: 413, description: 'It is too large (problem+json `payload-too-large`).' })
  async import(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Query() { dryRun }: ImportQueryDto,
    @Body() document: object,
  ): Promise<ImportReportDto> {
    return this.transfers.import(principal, id, document, dryRun);
  }

  @Get(':id/export')
  @ApiOperation({
    operationId: 'exportVocabulary',
    summary: 'Export SKOS or a JSON-LD context',
    description: 'In JSON-LD or Turtle, as Accept says. An export imported elsewhere exports the same again.',
  })
  @ApiParam(ID)
  @ApiOkResponse({ description: 'The document.', content: { [JSON_LD]: { schema: FREE }, [TURTLE]: { schema: { type: 'string' } } } })
  @ApiResponse({ status: 404, description: 'There is no such vocabulary (problem+json `not-found`).' })
  @ApiResponse({ status: 406, description: 'Accept allows none of the forms there are (problem+json `not-acceptable`).' })
  async export(
    @Param('id') id: string,
    @Query() { as }: ExportQueryDto,
    @Req() { headers: { accept } }: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const type = as === 'context' ? chooseMediaType(accept, [JSON_LD]) : chooseMediaType(accept, [JSON_LD, TURTLE]);
    const { terms, ...vocabulary } = await this.transfers.whole(id);
    void reply.type(type === TURTLE ? `${TURTLE}; charset=utf-8` : type).header('vary', 'accept');
    if (as === 'context') return JSON.stringify(writeContext(terms));
    return type === TURTLE ? writeSkosTurtle(vocabulary, terms) : JSON.stringify(writeSkosJsonLd(vocabulary, terms));
  }
}
