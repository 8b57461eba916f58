import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { Geometry } from 'geojson';
import { Database } from '../database/database.js';
import type { TwinId } from '../kernel/ids.js';
import { clampLimit, type Page } from '../kernel/page.js';
import { DomainError } from '../problems/domain-error.js';
import { SqlConditions } from '../registry/sql-conditions.js';
import { pageAfter, readCursor } from '../registry/twin-page.js';
import { TwinReader } from '../registry/twin-reader.js';
import type { FeatureSpec, TwinRecord } from '../registry/twin.js';
import { restrictToVisible } from '../registry/visibility.js';
import type { Principal } from '../security/principal.js';
import { type AreaCriterion, readAreaCriterion } from './area-criterion.js';
import { isValid, offersAll, SELECT_AREAS, selectFirstCandidates, selectSomeCandidates, speaksOf } from './discovery.queries.js';
import type { SearchDto, ValidityCriterionDto } from './dto/search.dto.js';
import { readTextQuery } from './text-query.js';

/** A twin that meets the need, and the features by which it does. */
export interface FoundTwin {
  readonly twin: TwinRecord;
  readonly matchedFeatures: readonly FeatureSpec[];
}

/** Candidates whose exact geometry one request looks at. */
export const MAX_CANDIDATES = 5_000;
/** Up to this many candidates are gathered at once and put in order here; where there are more, this many are fetched in order at a time. */
const FEW = 1_000;
/** Areas fetched together. */
const AREA_BATCH = 100;
/** Milliseconds after which a request answers with what it has found, and a cursor to go on. */
const LONGEST_LOOK_MS = 2_000;
/** Milliseconds of geometry between two chances for other requests. */
const LONGEST_BREATH_MS = 10;

interface Candidate {
  readonly id: TwinId;
  readonly area: Geometry;
}

/** The ids that belong on a page, and the id after which to go on, if there may be more. */
interface RefinedPage {
  readonly ids: TwinId[];
  readonly last?: TwinId;
}

/** DTD-FE, digital twin discovery (Y.4489; behaviour graded P): the read side of the registry. */
@Injectable()
export class DiscoveryService {
  constructor(
    private readonly database: Database,
    private readonly twins: TwinReader,
  ) {}

  /**
   * The twins that meet every criterion given and that the principal may see, in order of id. Areas are compared exactly: boxes find candidates,
   * the geometries decide.
   * @throws DomainError `validation-failed`; InvalidCursor for a cursor of another search
   */
  async search(principal: Principal, dto: SearchDto): Promise<Page<FoundTwin>> {
    const { limit, cursor, ...criteria } = dto;
    refuseContradictions(criteria);
    const area = dto.area && readAreaCriterion(dto.area);
    const after = cursor === undefined ? undefined : readCursor('discovery', criteria, cursor);
    const size = clampLimit(limit);
    if (area) {
      const page = await this.refine(principal, criteria, area, after, size);
      const { items, more } = await this.fetch(principal, page.ids);
      return pageAfter('discovery', criteria, foundBy(criteria, items), more ? items.at(-1)?.id : page.last);
    }
    const { twins, more } = await this.twins.page(conditionsOf(principal, criteria, after), size);
    return pageAfter('discovery', criteria, foundBy(criteria, twins), more ? twins.at(-1)?.id : undefined);
  }

  /**
   * Looks at the areas of candidates in order of id until the page is full and one more is found, the candidates are used up, or the bounds of one
   * request are reached. Gives way to other requests in between.
   */
  private async refine(
    principal: Principal,
    criteria: SearchDto,
    area: AreaCriterion,
    after: TwinId | undefined,
    size: number,
  ): Promise<RefinedPage> {
    const ids: TwinId[] = [];
    const start = performance.now();
    let breath = start;
    let seen = 0;
    for await (const candidate of this.candidates(principal, criteria, area, after)) {
      if (area.matches(candidate.area)) {
        if (ids.length === size) return { ids, last: ids.at(-1) };
        ids.push(candidate.id);
      }
      seen += 1;
      if (seen === MAX_CANDIDATES || performance.now() - start > LONGEST_LOOK_MS) return { ids, last: candidate.id };
      if (performance.now() - breath > LONGEST_BREATH_MS) {
        await setImmediate();
        breath = performance.now();
      }
    }
    return { ids };
  }

  /** Twins that meet every criterion but the exact area, in order of id. */
  private async *candidates(
    principal: Principal,
    criteria: SearchDto,
    area: AreaCriterion,
    after: TwinId | undefined,
  ): AsyncGenerator<Candidate> {
    const where = conditionsOf(principal, criteria, after);
    const some = await this.ids(selectSomeCandidates(where, area.boxes, FEW + 1), where);
    if (some.length <= FEW) {
      yield* this.inBatches(some.sort());
      return;
    }
    for (let last = after, full = true; full;) {
      const further = conditionsOf(principal, criteria, last);
      const ids = await this.ids(selectFirstCandidates(further, area.boxes, FEW), further);
      yield* this.inBatches(ids);
      last = ids.at(-1);
      full = ids.length === FEW;
    }
  }

  private async *inBatches(ids: readonly TwinId[]): AsyncGenerator<Candidate> {
    for (let first = 0; first < ids.length; first += AREA_BATCH) {
      yield* await this.database.query<Candidate>(SELECT_AREAS, [ids.slice(first, first + AREA_BATCH)]);
    }
  }

  private async ids(sql: string, where: SqlConditions): Promise<TwinId[]> {
    return (await this.database.query<{ id: TwinId }>(sql, where.parameters)).map(({ id }) => id);
  }

  /** Rides twin_pkey. Visibility is asked again: the candidates came from another statement. */
  private async fetch(principal: Principal, ids: TwinId[]): Promise<{ items: TwinRecord[]; more: boolean }> {
    if (ids.length === 0) return { items: [], more: false };
    const where = new SqlConditions().and(`t.registration = 'REGISTERED'`);
    where.and(`t.id = ANY (${where.bind(ids)}::text[])`);
    restrictToVisible(where, principal, 'one');
    const { twins, more } = await this.twins.page(where, ids.length);
    return { items: twins, more };
  }
}

function refused(pointer: string, detail: string): DomainError {
  return new DomainError('validation-failed', `${pointer} ${detail}.`, { pointer, errors: [{ pointer, detail }] });
}

function isEmptySpan({ from, to }: ValidityCriterionDto): boolean {
  return from !== undefined && to !== undefined && Date.parse(from) >= Date.parse(to);
}

function refuseContradictions({ features, validAt, validity }: SearchDto): void {
  const nameless = (features ?? []).findIndex(({ kind, name }) => kind === undefined && name === undefined);
  if (nameless >= 0) throw refused(`/features/${nameless}`, 'needs a kind or a name');
  if (validAt !== undefined && validity !== undefined) throw refused('/validity', 'cannot be combined with validAt');
  if (validity !== undefined && isEmptySpan(validity)) throw refused('/validity/to', 'must be later than from');
}

/** Every criterion but the area. */
function conditionsOf(principal: Principal, criteria: SearchDto, after: TwinId | undefined): SqlConditions {
  const { domain, owner, features, text, validAt, validity, status } = criteria;
  const where = new SqlConditions().and(`t.registration = 'REGISTERED'`);
  where.and(`l.status = ANY (${where.bind(status ?? ['ACTIVE', 'STALE'])}::text[])`);
  if (domain !== undefined) where.and(`t.domain = ${where.bind(domain)}`);
  if (owner !== undefined) where.and(`t.owner = ${where.bind(owner)}`);
  offersAll(where, features ?? []);
  if (text !== undefined && text.trim() !== '') {
    const query = readTextQuery(text);
    if (query) speaksOf(where, query);
    else where.and('false');
  }
  isValid(where, validAt, validity);
  if (after !== undefined) where.and(`t.id > ${where.bind(after)}`);
  return restrictToVisible(where, principal, 'many');
}

function foundBy({ features }: SearchDto, twins: readonly TwinRecord[]): FoundTwin[] {
  const wanted = features ?? [];
  return twins.map((twin) => ({
    twin,
    matchedFeatures: twin.profile.features.filter(
      (feature) =>
        wanted.length === 0 ||
        wanted.some(({ kind, name }) => (kind ?? feature.kind) === feature.kind && (name ?? feature.name) === feature.name),
    ),
  }));
}
