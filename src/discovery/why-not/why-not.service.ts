import { Injectable } from '@nestjs/common';
import type { TwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import { SqlConditions } from '../../registry/sql-conditions.js';
import { TwinService } from '../../registry/twin.service.js';
import type { TwinRecord } from '../../registry/twin.js';
import type { Principal } from '../../security/principal.js';
import { CompositionGraph } from '../composition/composition-graph.js';
import { textQuerySql } from '../query/compile-leaf.js';
import { decideBy } from '../query/compile-query.js';
import type { Leaf, Query, TextLeaf } from '../query/query.js';
import { QueryResolver } from '../query/query-resolver.js';
import { CandidateSource } from '../search/candidates.js';
import { type PreparedQuery, QueryEngine } from '../search/query-engine.js';
import { readTextQuery } from '../text-query.js';
import { comparedValues } from './compared-values.js';

/** What one criterion says of the twin. */
export interface CriterionAnswer {
  /** Its place in the query; of the status that goes without saying, empty. */
  readonly pointer: string;
  readonly criterion: Leaf['kind'];
  readonly met: boolean;
  /** Whether it stands beneath an odd number of `not`: then being met speaks against the twin. */
  readonly negated: boolean;
  readonly wanted: unknown;
  readonly actual: unknown;
}

/** Why a twin is, or is not, in the result of a query. */
export interface WhyNot {
  readonly twin: TwinId;
  readonly matches: boolean;
  readonly criteria: readonly CriterionAnswer[];
}

/** How often a twin that changes under the look is looked at. */
const MAX_TRIES = 5;
/** Words of a text that are looked for one by one. */
const MAX_WORDS = 50;

/** Answers "why is it not in the result" with the very expressions that the search is made of, evaluated for one twin. */
@Injectable()
export class WhyNotService {
  constructor(
    private readonly engine: QueryEngine,
    private readonly resolver: QueryResolver,
    private readonly source: CandidateSource,
    private readonly twins: TwinService,
    private readonly graph: CompositionGraph,
  ) {}

  /** @throws DomainError `not-found` for a twin that the principal may not see, `validation-failed` */
  async explain(principal: Principal, id: TwinId, document: unknown): Promise<WhyNot> {
    return this.explainParsed(principal, id, this.engine.read(document, '/query'));
  }

  /** The same of a query that was read. @throws DomainError `not-found` for a twin that the principal may not see */
  async explainParsed(principal: Principal, id: TwinId, parsed: Query): Promise<WhyNot> {
    const query = await this.engine.prepareParsed(principal, parsed);
    for (let tries = 1; ; tries += 1) {
      const twin = await this.twins.read(principal, id);
      const explained = await this.compare(query, twin);
      const after = await this.twins.read(principal, id);
      // Answers and values come from several statements: a twin that changed in between is looked at again.
      if (isSame(twin, after) || tries === MAX_TRIES) return explained;
    }
  }

  private async compare(query: PreparedQuery, twin: TwinRecord): Promise<WhyNot> {
    const { id } = twin;
    const answers = await this.engine.answers(query, id);
    if (answers === undefined) throw new DomainError('not-found', `There is no twin ${id}, or the caller may not see it.`);
    const criteria: CriterionAnswer[] = [];
    for (const { leaf, negated } of signedLeaves(query.query, false)) {
      const values = comparedValues(leaf, twin, await this.lookUp(leaf, query, id), (unit) => this.resolver.dimensionOfKnown(unit));
      criteria.push({ pointer: leaf.pointer, criterion: leaf.kind, met: answers.get(leaf) === true, negated, ...values });
    }
    return { twin: id, matches: decideBy(query.query, answers), criteria };
  }

  private async lookUp(leaf: Leaf, { asker }: PreparedQuery, id: TwinId): Promise<string[]> {
    if (leaf.kind === 'partOf') return this.graph.wholesOf(asker, id);
    return leaf.kind === 'text' ? this.lacking(leaf, id) : [];
  }

  /** Words of the text that the twin has in no form. Rides twin_search_pkey. */
  private async lacking({ query }: TextLeaf, id: TwinId): Promise<string[]> {
    const words = [...new Set(query?.words)].slice(0, MAX_WORDS);
    if (words.length === 0) return [];
    const where = new SqlConditions();
    const found = words.map((word) => {
      const single = readTextQuery(word);
      return single === undefined ? 'false' : `t.search @@ ${textQuerySql(where, single)}`;
    });
    const sql = `SELECT ARRAY[${found.join(', ')}]::boolean[] AS found FROM twin_search t WHERE t.twin_id = ${where.bind(id)}`;
    const [row] = await this.source.run<{ found: boolean[] }>(sql, where);
    return words.filter((_, index) => row?.found[index] !== true);
  }
}

function isSame(a: TwinRecord, b: TwinRecord): boolean {
  return a.incarnation === b.incarnation && a.version === b.version && a.status === b.status;
}

function signedLeaves(query: Query, negated: boolean): { leaf: Leaf; negated: boolean }[] {
  switch (query.op) {
    case 'leaf':
      return [{ leaf: query, negated }];
    case 'not':
      return signedLeaves(query.part, !negated);
    case 'all':
    case 'any':
      return query.parts.flatMap((part) => signedLeaves(part, negated));
  }
}
