import { Body, Controller, Delete, Get, Headers, Param, Patch, Post, Put, Query, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiConsumes,
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
import type { Principal } from '../security/principal.js';
import { presentTerm, presentTermOutcome } from './dictionary-presenter.js';
import { SPEED_TERM, STATE_TERM } from './dto/examples.js';
import { DeleteTermDto, ListTermsDto } from './dto/term-query.dto.js';
import { TermDto, TermInputDto, TermPageDto, toTermDto } from './dto/term.dto.js';
import { TermService } from './term/term.service.js';

const IRI = { name: 'iri', description: 'IRI of the term, percent-encoded.', example: SPEED_TERM.iri };
const ETAG = { ETag: { schema: { type: 'string' }, description: 'Changes with the version.' } } as const;
const CREATED = { type: TermDto, headers: { ...ETAG, Location: { schema: { type: 'string' }, description: 'The term.' } } } as const;
const IF_MATCH = { name: 'If-Match', required: false, description: 'ETag of the state that shall be changed, or *.' };
const INVALID = { status: 400, description: 'A member is wrong; `errors` names each by JSON pointer (problem+json `validation-failed`).' };
const FORBIDDEN = {
  status: 403,
  description: 'The caller is not the steward, or the IRI lies in another’s namespace (problem+json `forbidden`).',
};
const NOT_FOUND = { status: 404, description: 'There is no such term, or no such vocabulary (problem+json `not-found`).' };
const CONFLICT = {
  status: 409,
  description:
    'It is there already, would be broader than itself, or others refer to it (problem+json `already-exists`, `state-conflict`).',
};
const CHANGED = { status: 412, description: 'The term is not in the state expected (problem+json `precondition-failed`).' };

/** Terms of the semantic dictionary (SD-FE). */
@ApiTags('Dictionary')
@ApiBearerAuth('organization')
@Controller('v1/dictionary/terms')
export class TermController {
  constructor(private readonly terms: TermService) {}

  @Post()
  @ApiOperation({ operationId: 'createTerm', summary: 'Make a term', description: 'In a vocabulary of which the caller is steward.' })
  @ApiBody({ type: TermInputDto, examples: { state: { summary: 'An enumeration', value: STATE_TERM } } })
  @ApiCreatedResponse(CREATED)
  @ApiResponse(INVALID)
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  @ApiResponse(CONFLICT)
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body() body: object,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TermDto> {
    return presentTermOutcome(reply, await this.terms.create(principal, body));
  }

  @Get()
  @ApiOperation({
    operationId: 'listTerms',
    summary: 'List and search terms',
    description:
      'In order of IRI. `name` finds a whole label, notation or property name; `label` with `language` finds text within labels.',
  })
  @ApiOkResponse({ type: TermPageDto })
  @ApiResponse({ status: 400, description: 'A filter or the cursor is wrong (problem+json `validation-failed`, `invalid-cursor`).' })
  async list(@Query() query: ListTermsDto): Promise<TermPageDto> {
    const { items, ...rest } = await this.terms.list(query);
    return { items: items.map(toTermDto), ...rest };
  }

  @Put(':iri')
  @ApiOperation({
    operationId: 'putTerm',
    summary: 'Make or replace a term',
    description: 'The whole of what is said of it. The same again makes no new version.',
  })
  @ApiParam(IRI)
  @ApiHeader(IF_MATCH)
  @ApiHeader({ name: 'If-None-Match', required: false, description: '* makes a new term and never replaces one.' })
  @ApiBody({ type: TermInputDto, examples: { speed: { summary: 'A measured quantity', value: SPEED_TERM } } })
  @ApiOkResponse({ type: TermDto, headers: ETAG, description: 'Replaced, or unchanged.' })
  @ApiCreatedResponse({ ...CREATED, description: 'Made.' })
  @ApiResponse(INVALID)
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  @ApiResponse(CONFLICT)
  @ApiResponse(CHANGED)
  async replace(
    @CurrentPrincipal() principal: Principal,
    @Param('iri') iri: string,
    @Body() body: object,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Headers('If-Match') ifMatch?: string,
    @Headers('If-None-Match') ifNoneMatch?: string,
  ): Promise<TermDto> {
    return presentTermOutcome(reply, await this.terms.replace(principal, iri, body, readPreconditions({ ifMatch, ifNoneMatch })));
  }

  @Get(':iri')
  @ApiOperation({ operationId: 'readTerm', summary: 'Read a term', description: 'With the terms that name it as broader.' })
  @ApiParam(IRI)
  @ApiHeader({ name: 'If-None-Match', required: false, description: 'ETag of the version you have.' })
  @ApiOkResponse({ type: TermDto, headers: ETAG })
  @ApiResponse({ status: 304, description: 'You have this version already.' })
  @ApiResponse(NOT_FOUND)
  async read(
    @Param('iri') iri: string,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Headers('If-None-Match') ifNoneMatch?: string,
  ): Promise<TermDto | undefined> {
    return presentTerm(reply, await this.terms.get(iri), ifNoneMatch);
  }

  @Patch(':iri')
  @ApiOperation({
    operationId: 'patchTerm',
    summary: 'Change parts of a term',
    description: 'JSON merge patch (RFC 7396) of the term as it is shown: null removes a member, arrays are replaced as a whole.',
  })
  @ApiConsumes('application/merge-patch+json')
  @ApiParam(IRI)
  @ApiHeader({ ...IF_MATCH, required: true, example: '*' })
  @ApiBody({
    schema: { type: 'object', additionalProperties: true },
    examples: { label: { summary: 'A label in one more language', value: { labels: { fr: 'Vitesse du trafic' } } } },
  })
  @ApiOkResponse({ type: TermDto, headers: ETAG })
  @ApiResponse(INVALID)
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  @ApiResponse(CONFLICT)
  @ApiResponse(CHANGED)
  @ApiResponse({ status: 428, description: 'If-Match is missing (problem+json `precondition-required`).' })
  async patch(
    @CurrentPrincipal() principal: Principal,
    @Param('iri') iri: string,
    @Body() patch: object,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Headers('If-Match') ifMatch?: string,
  ): Promise<TermDto> {
    return presentTermOutcome(reply, await this.terms.patch(principal, iri, patch, readPreconditions({ ifMatch }, true)));
  }

  @Delete(':iri')
  @ApiOperation({
    operationId: 'deleteTerm',
    summary: 'Deprecate or remove a term',
    description:
      'Deprecated, it stays and may say what replaces it. Removed, it is gone but for its versions; refused while other terms refer to it.',
  })
  @ApiParam({ ...IRI, example: STATE_TERM.iri })
  @ApiHeader(IF_MATCH)
  @ApiOkResponse({ type: TermDto, headers: ETAG, description: 'Deprecated.' })
  @ApiNoContentResponse({ description: 'Removed.' })
  @ApiResponse(INVALID)
  @ApiResponse(FORBIDDEN)
  @ApiResponse(NOT_FOUND)
  @ApiResponse(CONFLICT)
  @ApiResponse(CHANGED)
  async delete(
    @CurrentPrincipal() principal: Principal,
    @Param('iri') iri: string,
    @Query() { remove, replacedBy }: DeleteTermDto,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Headers('If-Match') ifMatch?: string,
  ): Promise<TermDto | undefined> {
    const preconditions = readPreconditions({ ifMatch });
    if (remove !== true) return presentTermOutcome(reply, await this.terms.deprecate(principal, iri, replacedBy, preconditions));
    await this.terms.remove(principal, iri, preconditions);
    void reply.code(204);
    return undefined;
  }
}
