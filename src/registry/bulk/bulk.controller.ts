import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { Controller, Get, Headers, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiConsumes,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DomainError } from '../../problems/domain-error.js';
import { allowLongBody } from '../../problems/unreadable-request.js';
import { CurrentPrincipal } from '../../security/current-principal.js';
import type { OrganizationPrincipal, Principal } from '../../security/principal.js';
import { TokenVerifier } from '../../security/token-verifier.js';
import { FIRE_TWIN, TRAFFIC_TWIN } from '../dto/examples.js';
import { BulkCall } from './bulk-call.js';
import { BulkGate } from './bulk-gate.js';
import { BULK_ID } from './bulk-limits.js';
import { BulkLoadService } from './bulk-load.service.js';
import { BulkProgress } from './bulk-progress.js';
import { BulkDto, BulkQueryDto, toBulkDto } from './dto/bulk.dto.js';
import { ExportQueryDto } from './dto/export-query.dto.js';
import { TwinExportService } from './twin-export.service.js';

const EXAMPLE_ID = 'nightly-import';
const NDJSON = 'application/x-ndjson';
const LINES = { schema: { type: 'string', description: 'One JSON object a line.' } } as const;
const EXAMPLE = `${[TRAFFIC_TWIN, FIRE_TWIN].map((twin) => JSON.stringify(twin)).join('\n')}\n`;
const BUSY = {
  status: 429,
  description: 'Another bulk or export is under way; Retry-After says when to ask again (problem+json `rate-limited`).',
};

/** Registrations in bulk, in and out (DTR-FE). */
@ApiTags('Registry')
@ApiBearerAuth('organization')
@Controller('v1/twins')
export class BulkController {
  constructor(
    private readonly gate: BulkGate,
    private readonly loads: BulkLoadService,
    private readonly progress: BulkProgress,
    private readonly exports: TwinExportService,
    private readonly verifier: TokenVerifier,
  ) {}

  @Post('bulk')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'loadTwins',
    summary: 'Register or replace very many twins',
    description:
      'Up to 1,000,000 profiles with their ids, one a line, each as PUT would take it. The answer comes while the body is read: per line its number, the ' +
      'id, and a status (201 registered, 200 replaced or unchanged, otherwise that of the problem); at the end a line with `complete` and the counts. ' +
      'Read the answer while you send: who does not is not read on. What was acknowledged is registered, whatever happens to the connection then.',
  })
  @ApiHeader({
    name: 'Bulk-Id',
    required: false,
    description: 'A name for this bulk, by which one that broke off is found again; without it, one is made and told in the answer.',
    example: EXAMPLE_ID,
  })
  @ApiConsumes(NDJSON)
  @ApiBody({ schema: LINES.schema, examples: { twins: { summary: 'A traffic twin and a fire twin', value: EXAMPLE } } })
  @ApiOkResponse({
    content: { [NDJSON]: LINES },
    headers: { 'Bulk-Id': { schema: { type: 'string' } } },
    description: 'One line for each, in order.',
  })
  @ApiResponse({ status: 400, description: 'Bulk-Id or from is wrong (problem+json `validation-failed`).' })
  @ApiResponse({ status: 403, description: 'Only an organization sends bulks (problem+json `forbidden`).' })
  @ApiResponse({ status: 409, description: 'Going on from that line would leave lines out (problem+json `state-conflict`).' })
  @ApiResponse({
    status: 415,
    description: 'The body is not application/x-ndjson, or has a Content-Encoding (problem+json `unsupported-media-type`).',
  })
  @ApiResponse(BUSY)
  async load(
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Query() { from = 1 }: BulkQueryDto,
    @Res() reply: FastifyReply,
    @Headers('Bulk-Id') id: string = randomUUID(),
  ): Promise<void> {
    const sender = {
      principal: requireOrganization(principal),
      bulk: { owner: requireOrganization(principal).organization, id: readBulkId(id) },
    };
    const { body } = request;
    const coding = request.headers['content-encoding'];
    if (coding !== undefined && coding.toLowerCase() !== 'identity') {
      throw new DomainError('unsupported-media-type', 'A bulk is sent as it is, without a Content-Encoding.');
    }
    if (!(body instanceof Readable)) throw new DomainError('unsupported-media-type', `A bulk is sent as ${NDJSON}: one profile a line.`);
    const pass = await this.gate.enterBulk(sender.bulk.owner);
    const hurryAgain = allowLongBody(request.raw.socket);
    try {
      await this.loads.refuseGap(sender, from);
      const call = new BulkCall(reply, this.verifier, pass.signal);
      const answer = this.loads.load(sender, { lines: body, from, signal: call.signal });
      await call.answer(answer, { 'bulk-id': id });
      // Waits until what is being written is written: only then may the next bulk come.
      await answer.return();
    } finally {
      hurryAgain();
      await pass.leave();
    }
  }

  @Get('bulk/:bulkId')
  @ApiOperation({
    operationId: 'readBulk',
    summary: 'How far a bulk came',
    description: 'The last line that is done, for a bulk whose answer was lost. Remembered for 7 days after its last line.',
  })
  @ApiParam({ name: 'bulkId', description: 'Bulk-Id of the bulk.', example: EXAMPLE_ID })
  @ApiOkResponse({ type: BulkDto })
  @ApiResponse({ status: 404, description: 'The organization had no such bulk lately (problem+json `not-found`).' })
  async read(@CurrentPrincipal() principal: Principal, @Param('bulkId') bulkId: string): Promise<BulkDto> {
    const record = await this.progress.find({ owner: requireOrganization(principal).organization, id: readBulkId(bulkId) });
    if (record === undefined) throw new DomainError('not-found', `There was no bulk ${bulkId} lately.`);
    return toBulkDto(record);
  }

  @Get('export')
  @ApiOperation({
    operationId: 'exportTwins',
    summary: 'Take out very many twins',
    description:
      'The profiles that the caller may see, in order of id, one a line, as a bulk takes them in again. The last line has `complete` and `count`: where it ' +
      'is missing, the export broke off; go on with `after`.',
  })
  @ApiOkResponse({ content: { [NDJSON]: LINES }, description: 'One profile a line.' })
  @ApiResponse({ status: 400, description: 'A filter is wrong (problem+json `validation-failed`).' })
  @ApiResponse(BUSY)
  async export(@CurrentPrincipal() principal: Principal, @Query() query: ExportQueryDto, @Res() reply: FastifyReply): Promise<void> {
    const pass = this.gate.enterExport();
    try {
      const call = new BulkCall(reply, this.verifier, pass.signal);
      await call.answer(this.exports.export(principal, query, call.signal));
    } finally {
      await pass.leave();
    }
  }
}

function requireOrganization(principal: Principal): OrganizationPrincipal {
  if (principal.kind === 'organization') return principal;
  throw new DomainError('forbidden', 'Only an organization sends bulks: an operator acts for no twin, and a twin for itself alone.');
}

function readBulkId(id: string): string {
  if (BULK_ID.test(id)) return id;
  throw new DomainError(
    'validation-failed',
    'A Bulk-Id has 1 to 64 letters, digits, dots, hyphens and underscores, the first a letter or digit.',
  );
}
