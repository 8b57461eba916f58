import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Post, Put, Query, Res } from '@nestjs/common';
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
import { readPreconditions } from '../problems/entity-tag.js';
import { CurrentPrincipal } from '../security/current-principal.js';
import { namedOrganization } from '../security/own-organization.js';
import type { Principal } from '../security/principal.js';
import { presentVocabulary, presentVocabularyOutcome } from './dictionary-presenter.js';
import { CITY_VOCABULARY, TEMPORARY_VOCABULARY } from './dto/examples.js';
import {
  ListVocabulariesDto,
  StewardDto,
  toTermVocabularyDto,
  TermVocabularyDto,
  TermVocabularyInputDto,
  TermVocabularyPageDto,
} from './dto/vocabulary.dto.js';
import { VocabularyService } from './term/vocabulary.service.js';

const ID = { name: 'id', description: 'Id of the vocabulary, percent-encoded.', example: CITY_VOCABULARY.id };
const ETAG = { ETag: { schema: { type: 'string' }, description: 'Changes with the version.' } } as const;
const CREATED = {
  type: TermVocabularyDto,
  headers: { ...ETAG, Location: { schema: { type: 'string' }, description: 'The vocabulary.' } },
} as const;
const IF_MATCH = { name: 'If-Match', required: false, description: 'ETag of the state that shall be changed, or *.' };
const INVALID = { status: 400, description: 'A member is wrong; `errors` names each by JSON pointer (problem+json `validation-failed`).' };
const FORBIDDEN = {
  status: 403,
  description: 'The caller is not the steward, or the IRI lies in another’s namespace (problem+json `forbidden`).',
};
const NOT_FOUND = { status: 404, description: 'There is no such vocabulary (problem+json `not-found`).' };
const CONFLICT = {
  status: 409,
  description: 'It has terms, is there already, or a limit is reached (problem+json `state-conflict`, `already-exists`).',
};
const CHANGED = { status: 412, description: 'It is not in the state expected (problem+json `precondition-failed`).' };

/** Vocabularies of the semantic dictionary (SD-FE). */
@ApiTags('Dictionary')
@ApiBearerAuth('organization')
@Controller('v1/dictionary/vocabularies')
export class VocabularyController {
  constructor(private readonly vocabularies: VocabularyService) {}

  @Post()
  @ApiOperation({
    operationId: 'createVocabulary',
    summary: 'Make a vocabulary',
    description: 'The caller’s organization becomes its steward. Its id is the namespace of its terms: nobody else puts terms beneath it.',
  })
  @ApiBody({ type: TermVocabularyInputDto, examples: { temporary: { summary: 'A small one', value: TEMPORARY_VOCABULARY } } })
  @ApiCreatedResponse(CREATED)
  @ApiResponse(INVALID)
  @ApiResponse(FORBIDDEN)
  @ApiResponse(CONFLICT)
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body() body: object,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TermVocabularyDto> {
    return presentVocabularyOutcome(reply, await this.vocabularies.create(principal, body));
  }

  @Get()
  @ApiOperation({
    operationId: 'listVocabularies',
    summary: 'List vocabularies',
    description: 'In order of id, the built-in one included.',
  })
  @ApiOkResponse({ type: TermVocabularyPageDto })
  @ApiResponse({ status: 400, description: 'A filter or the cursor is wrong (problem+json `validation-failed`, `invalid-cursor`).' })
  async list(@Query() query: ListVocabulariesDto): Promise<TermVocabularyPageDto> {
    const { items, ...rest } = await this.vocabularies.list(query);
    return { items: items.map(toTermVocabularyDto), ...rest };
  }

  @Put(':id')
  @ApiOperation({
    operationId: 'putVocabulary',
    summary: 'Make or replace a vocabulary',
    description: 'Replaces what it says of itself; its terms and its steward stay. The same again makes no new version.',
  })
  @ApiParam(ID)
  @ApiHeader(IF_MATCH)
  @ApiHeader({ name: 'If-None-Match', required: false, description: '* makes a new vocabulary and never replaces one.' })
  @ApiBody({ type: TermVocabularyInputDto, examples: { city: { summary: 'A city’s words', value: CITY_VOCABULARY } } })
  @ApiOkResponse({ type: TermVocabularyDto, headers: ETAG, description: 'Replaced, or unchanged.' })
  @ApiCreatedResponse({ ...CREATED, description: 'Made.' })
  @ApiResponse(INVALID)
  @ApiResponse(FORBIDDEN)
  @ApiResponse(CONFLICT)
  @ApiResponse(CHANGED)
  async replace(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() body: object,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Headers('If-Match') ifMatch?: string,
    @Headers('If-None-Match') ifNoneMatch?: string,
  ): Promise<TermVocabularyDto> {
    const preconditions = readPreconditions({ ifMatch, ifNoneMatch });
    return presentVocabularyOutcome(reply, await this.vocabularies.replace(principal, id, body, preconditions));
  }

  @Get(':id')
  @ApiOperation({
    operationId: 'readVocabulary',
    summary: 'Read a vocabulary',
    description: 'What it says of itself, its steward, the number of terms.',
  })
  @ApiParam(ID)
  @ApiHeader({ name: 'If-None-Match', required: false, description: 'ETag of the version you have.' })
  @ApiOkResponse({ type: TermVocabularyDto, headers: ETAG })
  @ApiResponse({ status: 304, description: 'You have this version already.' })
  @ApiResponse(NOT_FOUND)
  async read(
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Headers('If-None-Match') ifNoneMatch?: string,
  ): Promise<TermVocabularyDto | undefined> {
    return presentVocabulary(reply, await this.vocabularies.get(id), ifNoneMatch);
  }

  @Put(':id/steward')
  @ApiOperation({
    operationId: 'handOverVocabulary',
    summary: 'Hand over the stewardship',
    description: 'By the present steward, or by an operator, who may grant any vocabulary to any organization.',
  })
  @ApiParam(ID)
  @ApiBody({ type: StewardDto, examples: { own: { summary: 'Keep it', value: { organization: 'me' } } } })
  @ApiOkResponse({ type: TermVocabularyDto, headers: ETAG })
  @ApiResponse(INVALID)
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  async handOver(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() { organization }: StewardDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TermVocabularyDto | undefined> {
    return presentVocabulary(reply, await this.vocabularies.handOver(principal, id, namedOrganization(principal, organization)));
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({
    operationId: 'deleteVocabulary',
    summary: 'Delete an empty vocabulary',
    description: 'Refused while it has terms, deprecated ones included.',
  })
  @ApiParam({ ...ID, example: TEMPORARY_VOCABULARY.id })
  @ApiHeader(IF_MATCH)
  @ApiNoContentResponse({ description: 'Deleted.' })
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  @ApiResponse(CONFLICT)
  @ApiResponse(CHANGED)
  async delete(@CurrentPrincipal() principal: Principal, @Param('id') id: string, @Headers('If-Match') ifMatch?: string): Promise<void> {
    await this.vocabularies.delete(principal, id, readPreconditions({ ifMatch }));
  }
}
