/**
 * Writes a batch of lines. Those whose id is new, usually all, are registered together: one transaction with their rows, search rows, leases, news and one
 * entry of the audit log. The others go through TwinService one by one, as PUT would take them. So do all when the batch as a whole fails by a fault of the
 * data, so that one line's fault is not its neighbours'.
 */
import { createHash } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { sqlState } from '../../database/sqlstate.js';
import { type Transaction, UnitOfWork } from '../../database/unit-of-work.js';
import { DomainError } from '../../problems/domain-error.js';
import { isDatabaseOutage, toDomainError } from '../../problems/problem-document.js';
import { SharedSchemaHold } from '../../dictionary/shared-schema/shared-schema-hold.js';
import { Audit } from '../../security/audit.js';
import type { OrganizationPrincipal } from '../../security/principal.js';
import { featureNews } from '../feed/feature-news.js';
import { changeAuthorOf } from '../version/change-author.js';
import { arrayLiteral, packedBytes } from '../search/column-parameters.js';
import { SearchIndex } from '../search/search-index.js';
import { TwinService } from '../twin.service.js';
import { type BulkLine, type GoodLine, outcomeText, passedOverText, refusalText, registeredText } from './bulk-line.js';
import { type BulkKey, BulkProgress, type LineCounts } from './bulk-progress.js';
import { REGISTER_MANY } from './bulk.queries.js';

/** Lines of the slow way that are under way at once: a few, as others need connections too. */
const BESIDE = 2;
const FIRST_REVISION = { incarnation: 1, version: 1 };
const FIRST_ETAG = { etag: '"1-1"' };
/** Data exceptions, integrity violations and exceeded limits: the fault of a row. */
const DATA_FAULT = /^(22|23|54)/;

/** Lines that are committed together; `lastLine` is the last that was read for it, blank ones included. */
export interface BulkBatch {
  readonly lines: readonly BulkLine[];
  readonly lastLine: number;
}

/** Who sends which bulk. */
export interface BulkSender {
  readonly principal: OrganizationPrincipal;
  readonly bulk: BulkKey;
}

/** Registers batches of lines. */
@Injectable()
export class BulkWriter {
  private readonly logger = new Logger(BulkWriter.name);

  constructor(
    private readonly uow: UnitOfWork,
    private readonly index: SearchIndex,
    private readonly audit: Audit,
    private readonly twins: TwinService,
    private readonly progress: BulkProgress,
    private readonly sharedSchemas: SharedSchemaHold,
  ) {}

  /**
   * Writes the batch; gives the answer, one line for each in their order, and counts what became of them.
   * @throws what the database throws when it cannot be used; lines may have been written then, none was acknowledged
   */
  async write(sender: BulkSender, { lines, lastLine }: BulkBatch): Promise<{ text: string; counts: LineCounts }> {
    const good = lines.filter((line) => line.ready !== undefined);
    const simple = good.filter(({ ready }) => !ready.isComposed);
    const counts = { created: 0, replaced: 0, unchanged: 0, refused: lines.filter(({ refusal }) => refusal !== undefined).length };
    const made =
      simple.length === 0
        ? new Set()
        : await this.registerNew(sender, simple, simple.length === good.length ? lastLine : undefined, counts);
    const others = new Map<number, string>();
    if (made.size < good.length) {
      const replace = (line: GoodLine): Promise<string> => this.replaceOne(sender, line, counts);
      const work = async (waiting: Iterator<GoodLine, undefined> & Iterable<GoodLine>): Promise<void> => {
        for (const line of waiting) others.set(line.line, await replace(line));
      };
      const waiting = simple.filter(({ id }) => !made.has(id)).values();
      await Promise.all(Array.from({ length: BESIDE }, () => work(waiting)));
      // What is made up of others comes after them, in the order of the lines.
      await work(good.filter(({ ready }) => ready.isComposed).values());
    }
    if (good.length === 0 || made.size < good.length) await this.progress.note(sender.bulk, 'OPEN', lastLine, counts);
    const text = lines.map((line) =>
      line.ready !== undefined && made.has(line.id)
        ? outcomeText(line.line, line.id, 201, FIRST_ETAG)
        : (others.get(line.line) ?? settledText(line)),
    );
    return { text: text.join(''), counts };
  }

  /** The ids that were registered by this; none when a fault of the data got in the way. */
  private async registerNew(
    sender: BulkSender,
    lines: readonly GoodLine[],
    lastLine: number | undefined,
    counts: LineCounts,
  ): Promise<Set<unknown>> {
    try {
      const made = await this.uow.run(async (tx) => {
        const ids = await this.register(tx, sender, lines);
        // Otherwise lines of the slow way come after this; only then is the batch done.
        if (lastLine !== undefined && ids.size === lines.length)
          await this.progress.note(sender.bulk, 'OPEN', lastLine, { ...counts, created: ids.size }, tx);
        return ids;
      });
      counts.created += made.size;
      return made;
    } catch (error) {
      const isOfALine = error instanceof DomainError || DATA_FAULT.test(sqlState(error) ?? '');
      if (!isOfALine) throw error;
      return new Set();
    }
  }

  private async register(tx: Transaction, { principal, bulk }: BulkSender, lines: readonly GoodLine[]): Promise<Set<unknown>> {
    await this.sharedSchemas.hold(
      tx,
      lines.flatMap(({ ready }) => ready.sharedSchemas),
    );
    const profiles = packedBytes(lines.map(({ ready }) => ready.profile));
    const [row] = await tx.query<{ updatedAt: Date | null; some: string[] | null }>(REGISTER_MANY, [
      arrayLiteral(lines.map(({ id }) => id)),
      arrayLiteral(lines.map(({ ready }) => ready.domain)),
      arrayLiteral(lines.map(({ ready }) => ready.access)),
      profiles.bytes,
      profiles.starts,
      profiles.lengths,
      arrayLiteral(lines.map(({ ready }) => ready.ttlSeconds)),
      arrayLiteral(lines.map(({ ready }) => ready.toleranceSeconds)),
      principal.organization,
      JSON.stringify(changeAuthorOf(principal)),
    ]);
    const updatedAt = row?.updatedAt;
    if (updatedAt === undefined || updatedAt === null) return new Set();
    const ids = row?.some && new Set(row.some);
    const made = ids ? lines.filter(({ id }) => ids.has(id)) : lines;
    await this.index.putColumns(
      tx,
      made.map(({ id, ready: { domain, access, columns } }) => ({ id, owner: principal.organization, domain, access, columns, updatedAt })),
    );
    for (const { id, ready } of made) {
      tx.record({ kind: 'twin.registered', subject: id, data: { features: featureNews([], ready.features), ...FIRST_REVISION } });
    }
    const idsSha256 = createHash('sha256')
      .update(made.map(({ id }) => id).join('\n'))
      .digest('hex');
    const detail = { registered: made.length, firstLine: lines[0]?.line, lastLine: lines.at(-1)?.line, idsSha256 };
    this.audit.record(tx, { principal, action: 'twin.register-bulk', subject: bulk.id, detail });
    return new Set(made.map(({ id }) => id));
  }

  private async replaceOne({ principal }: BulkSender, { line, id, readAgain }: GoodLine, counts: LineCounts): Promise<string> {
    try {
      const outcome = await this.twins.replace(principal, id, readAgain());
      counts[outcome.change] += 1;
      return registeredText(line, outcome);
    } catch (error) {
      if (isDatabaseOutage(error)) throw error;
      counts.refused += 1;
      const refusal = toDomainError(error);
      if (refusal.code === 'internal') this.logger.error({ err: error, twin: id }, 'A line of a bulk could not be registered.');
      return refusalText(line, id, refusal);
    }
  }
}

function settledText({ line, id, refusal }: BulkLine): string {
  return refusal instanceof DomainError ? refusalText(line, id, refusal) : passedOverText(line);
}
