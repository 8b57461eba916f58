import { Injectable } from '@nestjs/common';
import { type Transaction, UnitOfWork } from '../../database/unit-of-work.js';
import { canonicalJson } from '../../kernel/canonical-json.js';
import { type OrganizationId, parseUriId } from '../../kernel/ids.js';
import { clampLimit, decodeCursor, encodeCursor, type Page } from '../../kernel/page.js';
import type { Preconditions } from '../../kernel/revision.js';
import { DomainError } from '../../problems/domain-error.js';
import { Audit } from '../../security/audit.js';
import type { Principal } from '../../security/principal.js';
import { refuseUnlessExpected } from './expected-state.js';
import { OWN_NAMESPACE, requireSteward } from './stewardship.js';
import { SubmissionPlaces } from './submission-places.js';
import { TermRepository } from './term.repository.js';
import type { DictionaryChange, VocabularyContent, VocabularyRecord } from './term.js';
import { type StoredVocabulary, VocabularyRepository } from './vocabulary.repository.js';

/** Vocabularies of which one organization may be steward. */
export const MAX_VOCABULARIES = 200;

/** A vocabulary after a change. */
export interface VocabularyOutcome {
  readonly vocabulary: VocabularyRecord;
  readonly change: DictionaryChange;
}

/**
 * Vocabularies of the semantic dictionary (SD-FE; behaviour graded P) and who is their steward. Anyone reads. Failures common to all:
 * `not-found`, `forbidden` for whoever is not the steward, `validation-failed`, InvalidId.
 */
@Injectable()
export class VocabularyService {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly vocabularies: VocabularyRepository,
    private readonly terms: TermRepository,
    private readonly audit: Audit,
  ) {}

  /** Makes a vocabulary, whose steward the caller's organization becomes. @throws DomainError `already-exists`, `state-conflict` */
  async create(principal: Principal, input: unknown, tx?: Transaction): Promise<VocabularyOutcome> {
    const { id, content } = this.read(input);
    return this.uow.join(tx, async (within) => {
      await this.terms.lock(within);
      if ((await this.vocabularies.find(id, within)) !== undefined) {
        throw new DomainError('already-exists', `The vocabulary ${id} is there already.`);
      }
      return this.insert(within, principal, id, content);
    });
  }

  /** Makes the vocabulary, or replaces what it says of itself. @throws DomainError `precondition-failed`, `state-conflict` */
  async replace(
    principal: Principal,
    id: string,
    input: unknown,
    preconditions: Preconditions = {},
    tx?: Transaction,
  ): Promise<VocabularyOutcome> {
    const { content } = this.read(input, parseUriId(id));
    return this.uow.join(tx, async (within) => {
      await this.terms.lock(within);
      const current = await this.vocabularies.find(id, within);
      refuseUnlessExpected(current, preconditions);
      if (current === undefined) return this.insert(within, principal, id, content);
      requireSteward(principal, current);
      return this.describe(within, principal, current, content);
    });
  }

  /** Lets an import say what a vocabulary says of itself; the lock is held and the right settled. */
  async describe(tx: Transaction, principal: Principal, current: StoredVocabulary, content: VocabularyContent): Promise<VocabularyOutcome> {
    if (canonicalJson(contentOf(current)) === canonicalJson(content)) return { vocabulary: current, change: 'unchanged' };
    await this.vocabularies.update(tx, { id: current.id, steward: current.steward, edition: current.edition, content });
    this.tell(tx, principal, current.id, current.steward, 'vocabulary.update');
    return { vocabulary: await this.existing(current.id, tx), change: 'replaced' };
  }

  async get(id: string): Promise<VocabularyRecord> {
    return this.existing(parseUriId(id));
  }

  /** In order of id. */
  async list({ steward, limit, cursor }: { steward?: string; limit?: number; cursor?: string }): Promise<Page<VocabularyRecord>> {
    const kind = `vocabularies:${steward ?? ''}`;
    const size = clampLimit(limit);
    const after = cursor === undefined ? undefined : String(decodeCursor(kind, cursor)[0]);
    const rows = await this.vocabularies.page(steward, after, size + 1);
    const items = rows.slice(0, size);
    const last = items.at(-1);
    return { items, ...(rows.length > size && last !== undefined ? { next: encodeCursor(kind, [last.id]) } : {}) };
  }

  /** Gives the stewardship to another organization. @throws DomainError `state-conflict` */
  async handOver(principal: Principal, id: string, steward: OrganizationId, tx?: Transaction): Promise<VocabularyRecord> {
    return this.uow.join(tx, async (within) => {
      await this.terms.lock(within);
      const current = await this.existing(parseUriId(id), within);
      requireSteward(principal, current);
      if (current.steward === steward) return current;
      if (!(await this.vocabularies.organizationExists(within, steward))) {
        throw new DomainError('not-found', `There is no organization ${steward}.`, { pointer: '/organization' });
      }
      await this.refuseTooMany(within, steward);
      await this.vocabularies.update(within, { id, steward, edition: current.edition, content: contentOf(current) });
      this.tell(within, principal, id, current.steward, 'vocabulary.hand-over', { from: current.steward ?? null, to: steward });
      if (current.steward !== steward)
        this.tell(within, principal, id, steward, 'vocabulary.taken-over', { from: current.steward ?? null });
      return this.existing(id, within);
    });
  }

  /** Takes an empty vocabulary away. @throws DomainError `state-conflict` while it has terms, `precondition-failed` */
  async delete(principal: Principal, id: string, preconditions: Preconditions = {}, tx?: Transaction): Promise<void> {
    await this.uow.join(tx, async (within) => {
      await this.terms.lock(within);
      const current = await this.existing(parseUriId(id), within);
      requireSteward(principal, current);
      refuseUnlessExpected(current, preconditions);
      if (current.terms > 0) {
        throw new DomainError(
          'state-conflict',
          `The vocabulary ${id} has ${current.terms} terms: remove them first, or deprecate them and keep it.`,
        );
      }
      await this.vocabularies.delete(within, id);
      this.tell(within, principal, id, current.steward, 'vocabulary.delete');
    });
  }

  async find(id: string, tx?: Transaction): Promise<StoredVocabulary | undefined> {
    return this.vocabularies.find(id, tx);
  }

  /** The vocabulary as stored. @throws DomainError `not-found` */
  async existing(id: string, tx?: Transaction): Promise<StoredVocabulary> {
    const found = await this.find(id, tx);
    if (found === undefined) throw new DomainError('not-found', `There is no vocabulary ${id}.`);
    return found;
  }

  private read(input: unknown, id?: string): { id: string; content: VocabularyContent } {
    const places = new SubmissionPlaces();
    const given = places.members(input, '', ['id', 'titles', 'descriptions', 'license']);
    const named = given.id === undefined && id !== undefined ? id : places.iri(given.id, '/id');
    if (id !== undefined && named !== undefined && named !== id) places.note('/id', 'is not the id in the path');
    const license = given.license === undefined ? undefined : places.iri(given.license, '/license');
    const content = {
      titles: places.labels(given.titles, '/titles'),
      descriptions: places.prose(given.descriptions, '/descriptions'),
      ...(license === undefined ? {} : { license }),
    };
    places.settle();
    return { id: named ?? '', content };
  }

  private async insert(tx: Transaction, principal: Principal, id: string, content: VocabularyContent): Promise<VocabularyOutcome> {
    if (principal.kind !== 'organization') {
      throw new DomainError('forbidden', 'An organization makes a vocabulary; an operator may hand it over afterwards.');
    }
    if (id.startsWith(OWN_NAMESPACE)) throw new DomainError('forbidden', `IRIs that begin with ${OWN_NAMESPACE} are this product’s own.`);
    const outer = (await this.vocabularies.namespacesOf(tx, [id])).get(id);
    if (outer !== undefined) requireSteward(principal, await this.existing(outer, tx));
    const steward = principal.organization;
    await this.refuseTooMany(tx, steward);
    await this.vocabularies.insert(tx, { id, steward, edition: 0, content });
    this.tell(tx, principal, id, steward, 'vocabulary.create');
    return { vocabulary: await this.existing(id, tx), change: 'created' };
  }

  private async refuseTooMany(tx: Transaction, steward: OrganizationId): Promise<void> {
    if ((await this.vocabularies.count(tx, steward)) >= MAX_VOCABULARIES) {
      throw new DomainError('state-conflict', `An organization is steward of at most ${MAX_VOCABULARIES} vocabularies.`);
    }
  }

  private tell(
    tx: Transaction,
    principal: Principal,
    id: string,
    chain: OrganizationId | undefined,
    action: string,
    detail?: Record<string, unknown>,
  ): void {
    tx.record({ kind: 'term.changed', subject: id, data: { vocabulary: id, action, terms: 0 } });
    this.audit.record(tx, { principal, action, subject: id, chain, ...(detail === undefined ? {} : { detail }) });
  }
}

/** What the vocabulary says of itself. */
export function contentOf({ titles, descriptions, license }: VocabularyContent): VocabularyContent {
  return { titles, descriptions, ...(license === undefined ? {} : { license }) };
}
