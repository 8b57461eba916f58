import { Injectable } from '@nestjs/common';
import type { TwinId } from '../../kernel/ids.js';
import type { SqlConditions } from '../../registry/sql-conditions.js';
import { textQuerySql } from '../query/compile-leaf.js';
import { type Query, type TextLeaf, wantedLeaves } from '../query/query.js';
import { refusedAt } from '../query/read-values.js';
import { type Candidate, CandidateSource } from './candidates.js';
import { INDEXED_ORDERS } from './order.js';
import type { PageCursor } from './page-cursor.js';
import { type PreparedQuery, QueryEngine } from './query-engine.js';
import { Look } from './refinement.js';
import type { SearchPage } from './search-page.js';

/** Candidates that are ranked with one another. */
export const MAX_RANKED = 1_000;
/** A window whose end is fixed may have got more twins since. */
const MAX_WINDOW = 2 * MAX_RANKED;

/** Candidates ranked with one another: those after `from`, up to and including `to` (empty: as many as are ranked), in order of id. */
interface Span {
  readonly from: string;
  readonly to: string;
  /** Whether there were candidates beyond it when its end was fixed. */
  readonly isCut?: boolean;
}

interface Ranked {
  readonly id: TwinId;
  readonly score: number;
}

function textsOf(query: Query): TextLeaf[] {
  return wantedLeaves(query).filter((leaf): leaf is TextLeaf => leaf.kind === 'text' && leaf.query !== undefined);
}

function byScore(a: Ranked, b: Ranked): number {
  return b.score - a.score || (a.id < b.id ? -1 : 1);
}

/**
 * Pages by relevance. Where more than a thousand twins are candidates, spans of a thousand, in order of id, are ranked one after the other. A cursor
 * holds the bounds of its span, so that twins that come or go shift nothing from one span into another.
 */
@Injectable()
export class RelevancePages {
  constructor(
    private readonly source: CandidateSource,
    private readonly engine: QueryEngine,
  ) {}

  /** @throws DomainError `validation-failed` without a text; InvalidCursor */
  async page(query: PreparedQuery, size: number, cursors: PageCursor, cursor: string | undefined): Promise<SearchPage> {
    const texts = textsOf(query.query);
    if (texts.length === 0) throw refusedAt('/sort', 'by relevance needs a text');
    const [from, to, last] = cursor === undefined ? [] : cursors.read(cursor, 3, true);
    const after: Ranked | undefined = last && last.value !== '' ? { id: last.id as TwinId, score: Number(last.value) } : undefined;
    const span: Span = { from: from?.id ?? '', to: to?.id ?? '', isCut: to?.value === '1' };
    const { ranked, end, isCut } = await this.rank(query, texts, span);
    const rest = after === undefined ? ranked : ranked.filter((each) => byScore(after, each) < 0);
    const items = rest.slice(0, size);
    const at = items.at(-1);
    const next = (bounds: Span, key?: Ranked): string =>
      cursors.write(
        { value: '', id: bounds.from },
        { value: bounds.isCut === true ? '1' : '0', id: bounds.to },
        { value: key ? String(key.score) : '', id: key?.id ?? '' },
      );
    return {
      ids: items.map(({ id }) => id),
      after: (index) => next({ ...span, to: end, isCut }, items[index]),
      scores: items.map(({ score }) => score),
      ...((isCut || span.from !== '') && { ranked: ranked.length }),
      ...(rest.length > size && at ? { next: next({ ...span, to: end, isCut }, at) } : isCut && { next: next({ from: end, to: '' }) }),
    };
  }

  /** `end`: the last id of the span. `isCut`: there may be candidates beyond it. */
  private async rank(
    query: PreparedQuery,
    texts: readonly TextLeaf[],
    { from, to, isCut: wasCut = false }: Span,
  ): Promise<{ ranked: Ranked[]; end: string; isCut: boolean }> {
    const limit = to === '' ? MAX_RANKED : MAX_WINDOW;
    const window = {
      order: INDEXED_ORDERS.id,
      ...(from !== '' && { after: { value: '', id: from } }),
      ...(to !== '' && { upTo: { value: '', id: to } }),
      extra: (where: SqlConditions) =>
        `ts_rank(t.search, ${texts.map(({ query: text }) => text && textQuerySql(where, text)).join(' || ')})`,
    };
    const candidates: Candidate[] = [];
    for await (const batch of this.source.inOrder(query.asker, query, window, limit + 1)) {
      candidates.push(...batch);
      if (candidates.length > limit) break;
    }
    const considered = candidates.slice(0, limit);
    const ranked: Ranked[] = [];
    for await (const { candidate, matches } of this.engine.refine(query, considered, new Look())) {
      if (matches) ranked.push({ id: candidate.id, score: candidate.extra ?? 0 });
    }
    const end = to === '' ? (considered.at(-1)?.id ?? from) : to;
    return { ranked: ranked.sort(byScore), end, isCut: to === '' ? candidates.length > limit : wasCut };
  }
}
