import { Injectable, Logger } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { TwinId } from '../../kernel/ids.js';
import { problemDocument, toDomainError } from '../../problems/problem-document.js';
import type { Principal } from '../../security/principal.js';
import { SqlConditions } from '../sql-conditions.js';
import { restrictToVisible } from '../visibility.js';
import { selectExport } from './bulk.queries.js';
import type { ExportQueryDto } from './dto/export-query.dto.js';

/** Twins of one statement, and bytes of their profiles: what an export holds in memory. */
const PAGE_TWINS = 500;
const PAGE_BYTES = 2_097_152;

interface ExportRow {
  readonly id: TwinId;
  /** JSON text of an object. */
  readonly profile: string;
  readonly ttl: number | null;
  readonly tolerance: number | null;
}

/** Gives out what the asker may see as profiles, one a line, which a bulk takes in again. */
@Injectable()
export class TwinExportService {
  private readonly logger = new Logger(TwinExportService.name);

  constructor(private readonly database: Database) {}

  /**
   * Profiles in order of id, piece by piece. Each piece is a statement of its own: no transaction stays open however slowly the export is read. Twins that
   * are there all the while come once; those that come or go meanwhile may or may not be among them. The last line says that it is whole.
   */
  async *export(principal: Principal, query: ExportQueryDto, signal: AbortSignal): AsyncGenerator<string, void, undefined> {
    let count = 0;
    let after = query.after ?? '';
    try {
      for (;;) {
        signal.throwIfAborted();
        const rows = await this.page(principal, query, after);
        if (rows.length === 0) break;
        after = rows.at(-1)?.id ?? after;
        count += rows.length;
        yield rows.map(lineOf).join('');
      }
      yield `${JSON.stringify({ complete: true, count })}\n`;
    } catch (error) {
      const problem = toDomainError(error);
      if (problem.code === 'internal') this.logger.error({ err: error }, 'An export broke off.');
      yield `${JSON.stringify({ complete: false, count, ...(after === '' ? {} : { after }), problem: problemDocument(problem) })}\n`;
    }
  }

  private page(principal: Principal, { owner, domain, status }: ExportQueryDto, after: string): Promise<ExportRow[]> {
    const where = new SqlConditions().and(`t.registration = 'REGISTERED'`);
    restrictToVisible(where, principal, 'many');
    if (owner !== undefined) where.and(`t.owner = ${where.bind(owner)}`);
    if (domain !== undefined) where.and(`t.domain = ${where.bind(domain)}`);
    if (status !== undefined) where.and(`l.status = ANY (${where.bind(status)}::text[])`);
    where.and(`t.id > ${where.bind(after)}`);
    const sql = selectExport(where.sql, where.bind(PAGE_TWINS), where.bind(PAGE_BYTES));
    return this.database.query<ExportRow>(sql, where.parameters);
  }
}

/** The profile's own text with what is kept beside it put in front. */
function lineOf({ id, profile, ttl, tolerance }: ExportRow): string {
  const lease = ttl === null ? undefined : { ttlSeconds: ttl, ...(tolerance === null ? {} : { toleranceSeconds: tolerance }) };
  return `${JSON.stringify({ id, lease }).slice(0, -1)},${profile.slice(1)}\n`;
}
