import { Injectable } from '@nestjs/common';
import { clampLimit, type Page } from '../kernel/page.js';
import type { TwinId } from '../kernel/ids.js';
import type { FeatureSpec, TwinRecord } from '../registry/twin.js';
import type { Principal } from '../security/principal.js';
import { Expansion, type FoundPart } from './composition/expansion.js';
import type { SearchDto } from './dto/search.dto.js';
import { FoundTwinReader } from './found-twins.js';
import { matchedFeatures } from './query/matched-features.js';
import { QueryResolver } from './query/query-resolver.js';
import { refusedAt } from './query/read-values.js';
import { DistancePages } from './search/distance-pages.js';
import { type FacetCounts, Facets } from './search/facets.js';
import { OrderedPages } from './search/ordered-pages.js';
import { originOf } from './search/origin.js';
import { PageCursor } from './search/page-cursor.js';
import { type PreparedQuery, QueryEngine } from './search/query-engine.js';
import { RelevancePages } from './search/relevance-pages.js';
import type { SearchPage } from './search/search-page.js';

/** Profiles that are read at once when twins are looked at again. */
const LOOKED_AT = 100;

/** A twin that meets the need, and the features by which it does. */
export interface FoundTwin {
  readonly twin: TwinRecord;
  readonly matchedFeatures: readonly FeatureSpec[];
  /** By relevance. */
  readonly score?: number;
  /** By distance. */
  readonly meters?: number;
  /** Of an aggregated twin of a search that expands. */
  readonly parts?: readonly FoundPart[];
}

/** A page of twins, with what else was asked. */
export interface SearchAnswer extends Page<FoundTwin> {
  /** By relevance: how many twins were ranked with one another, when there may be more. */
  readonly ranked?: number;
  readonly counts?: FacetCounts;
  /** There are more parts than one page tells of. */
  readonly partsCut?: boolean;
}

/** A feature of a twin that was found. */
export interface FoundFeature {
  readonly twin: TwinId;
  readonly feature: FeatureSpec;
}

/** DTD-FE, digital twin discovery (Y.4489; behaviour graded P): the read side of the registry. */
@Injectable()
export class DiscoveryService {
  constructor(
    private readonly engine: QueryEngine,
    private readonly resolver: QueryResolver,
    private readonly ordered: OrderedPages,
    private readonly byRelevance: RelevancePages,
    private readonly byDistance: DistancePages,
    private readonly facets: Facets,
    private readonly found: FoundTwinReader,
    private readonly expansion: Expansion,
  ) {}

  /**
   * The twins that meet the query and that the principal may see, in the order asked for. Areas are compared exactly: extents find candidates, the
   * geometries decide.
   * @throws DomainError `validation-failed`, `query-too-costly`; InvalidCursor for a cursor of another search
   */
  async search(principal: Principal, dto: SearchDto): Promise<SearchAnswer> {
    const { limit, cursor, facets, sort, from, composition, ...document } = dto;
    const query = await this.prepare(principal, dto);
    const bound = { ...document, sort, from, composition: composition === 'asIs' ? undefined : composition };
    const cursors = new PageCursor('discovery', withoutUndefined(bound));
    const page = await this.page(query, dto, clampLimit(limit), cursors, cursor);
    const counts = facets && (await this.facets.count(query, facets));
    const { twins, next } = await this.found.read(principal, page);
    const aggregated = twins.filter(({ twin }) => twin.profile.composition !== undefined).map(({ twin }) => twin.id);
    const expanded = composition === 'expand' ? await this.expansion.of(query.asker, aggregated) : undefined;
    return {
      items: twins.map(({ twin, index }) => ({
        ...this.asFound(query, twin),
        ...(expanded?.parts.has(twin.id) && { parts: expanded.parts.get(twin.id) }),
        ...(page.scores && { score: page.scores[index] }),
        ...(page.meters && { meters: page.meters[index] }),
      })),
      ...(next !== undefined && { next }),
      ...(page.ranked !== undefined && { ranked: page.ranked }),
      ...(counts && { counts }),
      ...(expanded?.isCut && { partsCut: true }),
    };
  }

  /**
   * Those of the twins that the principal may see, and whether each meets the query today. In batches, as profiles may be large.
   * @throws DomainError `validation-failed`, `query-too-costly`
   */
  async *lookAgain(
    principal: Principal,
    dto: SearchDto,
    ids: readonly TwinId[],
  ): AsyncGenerator<(FoundTwin & { readonly matches: boolean })[]> {
    const query = await this.prepare(principal, dto);
    const matches = await this.engine.matching(query, ids);
    for (let first = 0; first < ids.length;) {
      const batch = ids.slice(first, first + LOOKED_AT);
      const { twins, next } = await this.found.read(principal, { ids: batch, after: (index) => String(index) });
      yield twins.map(({ twin }) => ({ ...this.asFound(query, twin), matches: matches.has(twin.id) }));
      first += next === undefined ? batch.length : Number(next) + 1;
    }
  }

  /** Those of the ids whose twins are registered and visible to the principal. */
  async visible(principal: Principal, ids: readonly TwinId[]): Promise<Set<TwinId>> {
    return this.engine.matching(await this.engine.compile(principal, { op: 'all', parts: [] }), ids);
  }

  /** The features asked for, of the twins found; pages are of twins. */
  async features(principal: Principal, dto: SearchDto): Promise<Page<FoundFeature>> {
    if (dto.composition === 'expand') {
      throw refusedAt('/composition', 'cannot be expand here: the features of the parts of a twin are found by the criterion partOf');
    }
    const { items, next } = await this.search(principal, dto);
    return {
      items: items.flatMap(({ twin, matchedFeatures: features }) => features.map((feature) => ({ twin: twin.id, feature }))),
      ...(next !== undefined && { next }),
    };
  }

  /** Both parts are met: the criteria at the top, and the query beside them. */
  private async prepare(principal: Principal, dto: SearchDto): Promise<PreparedQuery> {
    const { limit: _limit, cursor: _cursor, facets: _facets, sort: _sort, from: _from, composition, query, ...criteria } = dto;
    const given = withoutUndefined(criteria);
    const beside = Object.keys(given).length === 0 ? undefined : this.engine.read(given);
    const within = query === undefined ? undefined : this.engine.read(query, '/query');
    const parts = [beside, within].filter((part) => part !== undefined);
    return { ...(await this.engine.prepareParsed(principal, { op: 'all', parts })), collapse: composition === 'collapse' };
  }

  private asFound({ query }: PreparedQuery, twin: TwinRecord): Pick<FoundTwin, 'twin' | 'matchedFeatures'> {
    const dimensionOf = (unit: string): string | undefined => this.resolver.dimensionOfKnown(unit);
    return { twin, matchedFeatures: matchedFeatures(query, twin.profile.features, dimensionOf) };
  }

  private page(query: PreparedQuery, dto: SearchDto, size: number, cursors: PageCursor, cursor: string | undefined): Promise<SearchPage> {
    const { sort = 'id', from } = dto;
    if (from !== undefined && sort !== 'distance') throw refusedAt('/from', 'belongs to sort: distance');
    switch (sort) {
      case 'relevance':
        return this.byRelevance.page(query, size, cursors, cursor);
      case 'distance':
        return this.byDistance.page(query, originOf(query, from), size, cursors, cursor);
      default:
        return this.ordered.page(query, sort, size, cursors, cursor);
    }
  }
}

function withoutUndefined(value: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined));
}
