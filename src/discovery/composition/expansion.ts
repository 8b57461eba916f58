import { Injectable } from '@nestjs/common';
import type { TwinId } from '../../kernel/ids.js';
import { SqlConditions } from '../../registry/sql-conditions.js';
import type { Asker } from '../query/compile-leaf.js';
import { CandidateSource } from '../search/candidates.js';
import { CompositionGraph } from './composition-graph.js';
import { flattenParts, type PlacedPart } from './edge-walk.js';

/** Parts that are told of on one page, of all its twins together. */
export const MAX_PAGE_PARTS = 1_000;

/** A part of an aggregated twin that was found. */
export interface FoundPart extends PlacedPart {
  readonly name: string;
  readonly domain: string;
}

/** Parts by whole; a twin that is made up of nothing has no entry. */
export interface Expanded {
  readonly parts: ReadonlyMap<TwinId, readonly FoundPart[]>;
  /** There are more parts than one page tells of. */
  readonly isCut: boolean;
}

/** Tells of what the aggregated twins of a page are made up of. */
@Injectable()
export class Expansion {
  constructor(
    private readonly source: CandidateSource,
    private readonly graph: CompositionGraph,
  ) {}

  /** The parts on all levels that the asker may see, of those of the twins that are aggregated. */
  async of(asker: Asker, aggregated: readonly TwinId[]): Promise<Expanded> {
    const { edges, isCut } = await this.graph.edgesDown(asker, aggregated, MAX_PAGE_PARTS);
    const placed = flattenParts(edges, aggregated, MAX_PAGE_PARTS);
    const known = await this.names([...new Set([...placed.parts.values()].flatMap((parts) => parts.map(({ id }) => id)))]);
    const parts = new Map(
      [...placed.parts].map(([whole, each]): [TwinId, FoundPart[]] => [
        whole,
        each.flatMap((part) => {
          const twin = known.get(part.id);
          return twin ? [{ ...part, ...twin }] : [];
        }),
      ]),
    );
    return { parts, isCut: isCut || placed.isCut };
  }

  /** Rides twin_search_pkey and twin_pkey. */
  private async names(ids: readonly TwinId[]): Promise<Map<TwinId, { name: string; domain: string }>> {
    if (ids.length === 0) return new Map();
    const where = new SqlConditions();
    const sql = `SELECT t.twin_id AS id, t.domain, p.profile ->> 'name' AS name FROM twin_search t JOIN twin p ON p.id = t.twin_id
                  WHERE t.twin_id = ANY (${where.bind(ids)}::text[]) AND p.profile IS NOT NULL`;
    const rows = await this.source.run<{ id: TwinId; name: string; domain: string }>(sql, where);
    return new Map(rows.map(({ id, name, domain }) => [id, { name, domain }]));
  }
}
