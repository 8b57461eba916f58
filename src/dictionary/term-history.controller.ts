import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { parseUriId } from '../kernel/ids.js';
import { DomainError } from '../problems/domain-error.js';
import { PageQuery } from '../security/dto/page-query.dto.js';
import { SPEED_TERM } from './dto/examples.js';
import { TermMatchesDto, TermMatchesQueryDto, toTermMatchesDto } from './dto/term-query.dto.js';
import { TermVersionDto, TermVersionPageDto, toTermVersionDto } from './dto/term.dto.js';
import { TermDirectory } from './term/term-directory.js';
import { TermService } from './term/term.service.js';

const IRI = { name: 'iri', description: 'IRI of the term, percent-encoded.', example: SPEED_TERM.iri };
const NOT_FOUND = { status: 404, description: 'There is no such term or version (problem+json `not-found`).' };
const MAX_VERSION = 2_147_483_647;

/** What a term was before, and what it matches (SD-FE). */
@ApiTags('Dictionary')
@ApiBearerAuth('organization')
@Controller('v1/dictionary/terms')
export class TermHistoryController {
  constructor(
    private readonly terms: TermService,
    private readonly directory: TermDirectory,
  ) {}

  @Get(':iri/matches')
  @ApiOperation({
    operationId: 'matchTerm',
    summary: 'See what satisfies a search for a term',
    description:
      'The term itself, exact matches either way and onwards, narrower terms, close matches, each with the path that explains it. The IRI may be ' +
      'one that only other terms refer to.',
  })
  @ApiParam(IRI)
  @ApiOkResponse({ type: TermMatchesDto })
  @ApiResponse(NOT_FOUND)
  async matches(@Param('iri') iri: string, @Query() { narrower, close }: TermMatchesQueryDto): Promise<TermMatchesDto> {
    const found = await this.directory.matches(parseUriId(iri), { narrower: narrower ?? true, close: close ?? true });
    if (found.matches.length === 1 && (await this.directory.find(iri)) === undefined) {
      throw new DomainError('not-found', `There is no term ${iri} in the dictionary, and none refers to it.`);
    }
    return toTermMatchesDto(found);
  }

  @Get(':iri/versions')
  @ApiOperation({
    operationId: 'listTermVersions',
    summary: 'List the versions of a term',
    description: 'Newest first: who changed what, when.',
  })
  @ApiParam(IRI)
  @ApiOkResponse({ type: TermVersionPageDto })
  @ApiResponse({ status: 400, description: 'The cursor is wrong (problem+json `invalid-cursor`).' })
  @ApiResponse(NOT_FOUND)
  async versions(@Param('iri') iri: string, @Query() { limit, cursor }: PageQuery): Promise<TermVersionPageDto> {
    const { items, ...rest } = await this.terms.versions(iri, limit, cursor);
    return { items: items.map(toTermVersionDto), ...rest };
  }

  @Get(':iri/versions/:version')
  @ApiOperation({ operationId: 'readTermVersion', summary: 'Read one version of a term', description: 'As it was then.' })
  @ApiParam(IRI)
  @ApiParam({ name: 'version', schema: { type: 'integer', minimum: 1, example: 1 } })
  @ApiOkResponse({ type: TermVersionDto })
  @ApiResponse(NOT_FOUND)
  async version(@Param('iri') iri: string, @Param('version') version: string): Promise<TermVersionDto> {
    const number = /^[1-9]\d{0,9}$/.test(version) ? Number(version) : 0;
    if (number < 1 || number > MAX_VERSION) throw new DomainError('not-found', `There is no version ${version.slice(0, 20)} of ${iri}.`);
    return toTermVersionDto(await this.terms.version(iri, number));
  }
}
