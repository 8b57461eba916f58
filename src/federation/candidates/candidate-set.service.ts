import { Injectable } from '@nestjs/common';
import { UnitOfWork } from '../../database/unit-of-work.js';
import { DiscoveryService, type FoundTwin } from '../../discovery/discovery.service.js';
import { canonicalJson } from '../../kernel/canonical-json.js';
import type { FederationId, TwinId } from '../../kernel/ids.js';
import type { Page } from '../../kernel/page.js';
import { DomainError } from '../../problems/domain-error.js';
import { parseDto } from '../../problems/dto-validation.js';
import { Audit } from '../../security/audit.js';
import type { Principal } from '../../security/principal.js';
import { FederationGate, requireInitiator } from '../federation-gate.js';
import type { Federation } from '../federation.entity.js';
import { isOpenFederation } from '../federation-state.js';
import { pageById, type PageQuery } from '../id-page.js';
import { MemberView } from '../member-view.js';
import { CandidateSearchDto } from './candidate-search.dto.js';
import {
  type Candidate,
  type CandidateComparison,
  type CandidateSet,
  compareCandidate,
  type ComparedCandidate,
  knows,
} from './candidate-set.js';
import { CandidateSetRepository } from './candidate-set.repository.js';

/** Candidate sets of one federation. */
export const MAX_SETS = 100;
const DEFAULT_SIZE = 50;
/** Pages that finding the candidates may take: one, unless profiles are very large or many areas must be looked at. */
const MAX_PAGES = 50;

/** A set with those of its candidates that its reader may know of, in the order of their ranks. */
export interface CandidateSetView {
  readonly set: CandidateSet;
  readonly candidates: readonly Candidate[];
  /** Whether the reader knows all that is kept. */
  readonly isKnown: boolean;
}

/** A set after a request, and what that request did to it. */
export interface CandidateSetOutcome extends CandidateSetView {
  readonly change: 'created' | 'replaced' | 'unchanged';
}

/** What is asked to be kept. */
export interface CandidateSetWish {
  readonly search: CandidateSearchDto;
  /** Search anew although the search is the same. */
  readonly refresh?: boolean;
}

/**
 * CFIM-FE, candidate federation information management (Y.4489; behaviour graded P): what a search found, kept for a federation. The initiator writes,
 * members read, each with its own eyes. Failures common to all: `not-found` for who is not in the federation.
 */
@Injectable()
export class CandidateSetService {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly gate: FederationGate,
    private readonly view: MemberView,
    private readonly sets: CandidateSetRepository,
    private readonly discovery: DiscoveryService,
    private readonly audit: Audit,
  ) {}

  /**
   * Searches as the caller and keeps what is found. The same search again keeps what was found, unless asked to look anew.
   * @throws DomainError `validation-failed`, `query-too-costly`, `forbidden` for others than the initiator, `state-conflict` when the federation has ended
   * or has too many sets
   */
  async put(
    principal: Principal,
    id: FederationId,
    name: string,
    { search: dto, refresh }: CandidateSetWish,
  ): Promise<CandidateSetOutcome> {
    requireOpenInitiator(principal, await this.admit(principal, id));
    const search = JSON.parse(JSON.stringify(dto)) as Record<string, unknown>;
    const isSame = (present: CandidateSet | undefined): boolean => canonicalJson(present?.search ?? null) === canonicalJson(search);
    if (refresh !== true && isSame(await this.sets.find(id, name)))
      return { ...(await this.read(principal, id, name)), change: 'unchanged' };
    const foundAt = await this.sets.clock();
    const candidates = await this.find(principal, dto);
    const change = await this.uow.run(async (tx): Promise<CandidateSetOutcome['change']> => {
      const caller = requireOpenInitiator(principal, await this.gate.lock(tx, principal, id));
      const present = await this.sets.find(id, name, tx);
      // In the meantime someone else may have put the same, or looked anew later than this.
      if (present !== undefined && isSame(present) && (refresh !== true || present.foundAt > foundAt)) return 'unchanged';
      if (present === undefined && (await this.sets.countOf(tx, id)) >= MAX_SETS) {
        throw new DomainError('state-conflict', `A federation has at most ${MAX_SETS} candidate sets: delete one first.`);
      }
      const twin = caller.kind === 'twin' ? caller.twin : null;
      await this.sets.put(tx, { federationId: id, name, search, organization: caller.organization, twin, foundAt }, candidates);
      this.audit.record(tx, { principal, action: 'candidate-set.put', subject: id, detail: { name, found: candidates.length } });
      return present === undefined ? 'created' : 'replaced';
    });
    return { ...(await this.read(principal, id, name)), change };
  }

  /** A set, and those of its candidates that the principal may see. What it found itself it knows, though it may not see it any more. */
  async read(principal: Principal, id: FederationId, name: string): Promise<CandidateSetView> {
    await this.admit(principal, id);
    const whole = await this.sets.findWhole(id, name);
    if (whole === undefined) throw unknownSet(id, name);
    if (knows(principal, whole.set)) return { ...whole, isKnown: true };
    const visible = await this.discovery.visible(
      principal,
      whole.candidates.map(({ twin }) => twin),
    );
    return { set: whole.set, candidates: whole.candidates.filter(({ twin }) => visible.has(twin)), isKnown: false };
  }

  /** The federation's sets by name. */
  async list(principal: Principal, id: FederationId, query: PageQuery): Promise<Page<{ set: CandidateSet; isKnown: boolean }>> {
    await this.admit(principal, id);
    const { items, ...rest } = await pageById(
      `candidate-sets:${id}`,
      query,
      (set: CandidateSet) => set.name,
      (after, limit) => this.sets.list(id, after, limit),
    );
    return { items: items.map((set) => ({ set, isKnown: knows(principal, set) })), ...rest };
  }

  /** Deletes a set; where there is none, there is nothing to do. @throws DomainError `forbidden` for others than the initiator */
  async delete(principal: Principal, id: FederationId, name: string): Promise<void> {
    await this.admit(principal, id);
    await this.uow.run(async (tx) => {
      requireInitiator(principal, await this.gate.lock(tx, principal, id));
      if (!(await this.sets.delete(tx, id, name))) return;
      this.audit.record(tx, { principal, action: 'candidate-set.delete', subject: id, detail: { name } });
    });
  }

  /**
   * Compares what is kept with today's registry, with the principal's own eyes.
   * @throws DomainError `validation-failed` when the search cannot be asked any more, `query-too-costly`
   */
  async compare(principal: Principal, id: FederationId, name: string): Promise<CandidateComparison> {
    const { set, candidates, isKnown } = await this.read(principal, id, name);
    const comparedAt = await this.sets.clock();
    const search = parseDto(CandidateSearchDto, set.search, '/search');
    const kept = candidates.map(({ twin }) => twin);
    const today = new Map<TwinId, Candidate & { matches: boolean }>();
    await beneathSearch(async () => {
      for await (const batch of this.discovery.lookAgain(principal, search, kept)) {
        for (const found of batch) today.set(found.twin.id, { ...toCandidate(found), matches: found.matches });
      }
    });
    const entries = candidates.flatMap((candidate, index): ComparedCandidate[] => {
      const now = today.get(candidate.twin);
      // Who does not know all that is kept learns nothing of what went out of its sight.
      if (now === undefined && !isKnown) return [];
      return [{ rank: index + 1, twin: candidate.twin, ...compareCandidate(candidate, now) }];
    });
    const known = new Set(kept);
    const newlyMatching = (await this.find(principal, search)).filter(({ twin }) => !known.has(twin));
    return { set, comparedAt, candidates: entries, newlyMatching };
  }

  /** The first candidates of a search, as many as it asks for. */
  private async find(principal: Principal, search: CandidateSearchDto): Promise<Candidate[]> {
    const size = search.limit ?? DEFAULT_SIZE;
    const found: Candidate[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const dto = { ...search, limit: size - found.length, ...(cursor !== undefined && { cursor }) };
      const { items, next } = await beneathSearch(() => this.discovery.search(principal, dto));
      found.push(...items.map(toCandidate));
      if (next === undefined || found.length >= size) return found;
      cursor = next;
    }
    throw new DomainError('query-too-costly', 'The candidates hide among too many areas; add a criterion that few twins meet.');
  }

  private admit(principal: Principal, id: FederationId): Promise<Federation> {
    return this.view.admit(principal, id, 'candidate sets');
  }
}

function requireOpenInitiator(principal: Principal, federation: Federation): Exclude<Principal, { kind: 'operator' }> {
  requireInitiator(principal, federation);
  if (!isOpenFederation(federation.state)) {
    throw new DomainError('state-conflict', `The federation ${federation.id} is ${federation.state}: its candidate sets stay as they are.`);
  }
  if (principal.kind === 'operator') throw new DomainError('forbidden', 'Candidate sets are put by the initiator.');
  return principal;
}

/** Refusals of the search point into the document that holds it. */
async function beneathSearch<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof DomainError ? error.beneath('/search') : error;
  }
}

function toCandidate({ twin, matchedFeatures, score, meters }: FoundTwin): Candidate {
  return {
    twin: twin.id,
    incarnation: twin.incarnation,
    version: twin.version,
    ...(score !== undefined && { score }),
    ...(meters !== undefined && { meters }),
    features: matchedFeatures.map(({ kind, name, version }) => ({ kind, name, version })),
  };
}

function unknownSet(id: FederationId, name: string): DomainError {
  return new DomainError('not-found', `The federation ${id} has no candidate set ${name}.`);
}
