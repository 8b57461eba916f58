import { Injectable } from '@nestjs/common';
import { type Transaction, UnitOfWork } from '../../database/unit-of-work.js';
import { canonicalJson, fingerprint } from '../../kernel/canonical-json.js';
import { parseUriId } from '../../kernel/ids.js';
import { clampLimit, decodeCursor, decodeSequenceCursor, encodeCursor, type Page } from '../../kernel/page.js';
import type { Preconditions } from '../../kernel/revision.js';
import { DomainError } from '../../problems/domain-error.js';
import type { Principal } from '../../security/principal.js';
import { Units } from '../unit/units.js';
import { refuseUnlessExpected, termRevision } from './expected-state.js';
import { requireSteward } from './stewardship.js';
import { isMembers, SubmissionPlaces } from './submission-places.js';
import { TermChanges } from './term-changes.js';
import { mergeIntoTerm } from './term-patch.js';
import { readTermContent } from './term-submission.js';
import { type StoredTerm, type TermFilters, TermRepository } from './term.repository.js';
import { type DictionaryChange, type TermContent, termContentOf, type TermRecord, type TermVersion } from './term.js';
import { VocabularyService } from './vocabulary.service.js';

/** A term after a change. */
export interface TermOutcome {
  readonly term: TermRecord;
  readonly change: DictionaryChange;
}

/**
 * Terms of the semantic dictionary (SD-FE; behaviour graded P). Anyone reads; the steward of its vocabulary or an operator changes. Failures common
 * to all changes: `not-found`, `forbidden`, `validation-failed`, `payload-too-large`, `state-conflict` for cycles of broader terms, InvalidId.
 */
@Injectable()
export class TermService {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly terms: TermRepository,
    private readonly vocabularies: VocabularyService,
    private readonly changes: TermChanges,
    private readonly units: Units,
  ) {}

  /** Makes a new term under the IRI in `input`. @throws DomainError `already-exists` */
  async create(principal: Principal, input: unknown, tx?: Transaction): Promise<TermOutcome> {
    const places = new SubmissionPlaces();
    const iri = places.iri(isMembers(input) ? input.iri : undefined, '/iri') ?? '';
    places.settle();
    return this.put(principal, iri, input, {}, true, tx);
  }

  /** Makes or replaces the term of this IRI; the same again changes nothing. @throws DomainError `precondition-failed` */
  async replace(
    principal: Principal,
    iri: string,
    input: unknown,
    preconditions: Preconditions = {},
    tx?: Transaction,
  ): Promise<TermOutcome> {
    return this.put(principal, parseUriId(iri), input, preconditions, false, tx);
  }

  /** Applies an RFC 7396 merge patch to the term as it is shown. @throws DomainError `precondition-failed` */
  async patch(
    principal: Principal,
    iri: string,
    patch: unknown,
    preconditions: Preconditions = {},
    tx?: Transaction,
  ): Promise<TermOutcome> {
    return this.change(principal, iri, preconditions, tx, (current) => this.read(iri, mergeIntoTerm(current, patch)), 'term.update');
  }

  /** Marks the term as not to be used any more. @throws DomainError `precondition-failed` */
  async deprecate(
    principal: Principal,
    iri: string,
    replacedBy: string | undefined,
    preconditions: Preconditions = {},
    tx?: Transaction,
  ): Promise<TermOutcome> {
    const mark = { status: 'DEPRECATED', replacedBy: replacedBy ?? null };
    return this.change(principal, iri, preconditions, tx, (current) => this.read(iri, mergeIntoTerm(current, mark)), 'term.deprecate');
  }

  /** Takes the term out; its versions stay readable. @throws DomainError `precondition-failed`, `state-conflict` while others refer to it */
  async remove(principal: Principal, iri: string, preconditions: Preconditions = {}, tx?: Transaction): Promise<void> {
    await this.uow.join(tx, async (within) => {
      const { current, vocabulary } = await this.own(within, principal, parseUriId(iri), preconditions);
      await this.changes.remove(within, principal, vocabulary, current.iri);
    });
  }

  /** @throws DomainError `not-found` */
  async get(iri: string, tx?: Transaction): Promise<TermRecord> {
    const found = await this.terms.find(parseUriId(iri), tx);
    if (found === undefined) throw unknown(iri);
    return found;
  }

  /** In order of IRI. */
  async list({ limit, cursor, ...filters }: TermFilters & { limit?: number; cursor?: string } = {}): Promise<Page<TermRecord>> {
    const entries: [string, string | undefined][] = Object.entries(filters);
    const given: TermFilters = Object.fromEntries(entries.filter(([, value]) => value !== undefined));
    const kind = `terms:${fingerprint(given).toString('base64url')}`;
    const size = clampLimit(limit);
    const after = cursor === undefined ? undefined : String(decodeCursor(kind, cursor)[0]);
    const found = await this.terms.page(given, after, size + 1);
    const items = found.slice(0, size);
    const last = items.at(-1);
    return { items, ...(found.length > size && last !== undefined ? { next: encodeCursor(kind, [last.iri]) } : {}) };
  }

  /** Versions of a term that is or was there, newest first. @throws DomainError `not-found` */
  async versions(iri: string, limit?: number, cursor?: string): Promise<Page<TermVersion>> {
    const kind = `term-versions:${parseUriId(iri)}`;
    const size = clampLimit(limit);
    const before = cursor === undefined ? undefined : Number(decodeSequenceCursor(kind, cursor).slice(0, 9));
    const found = await this.terms.versions(iri, before, size + 1);
    if (found.length === 0 && cursor === undefined) throw unknown(iri);
    const items = found.slice(0, size);
    const last = items.at(-1);
    return { items, ...(found.length > size && last !== undefined ? { next: encodeCursor(kind, [last.version]) } : {}) };
  }

  /** @throws DomainError `not-found` */
  async version(iri: string, version: number): Promise<TermVersion> {
    const found = await this.terms.version(parseUriId(iri), version);
    if (found === undefined) throw new DomainError('not-found', `There is no version ${version} of the term ${iri}.`);
    return found;
  }

  private async put(
    principal: Principal,
    iri: string,
    input: unknown,
    preconditions: Preconditions,
    onlyNew: boolean,
    tx?: Transaction,
  ): Promise<TermOutcome> {
    const { vocabulary: named, content } = this.readSubmission(iri, input);
    return this.uow.join(tx, async (within) => {
      await this.terms.lock(within);
      const stored = (await this.terms.stored([iri], within)).get(iri);
      const current = liveOf(stored);
      if (onlyNew && current !== undefined)
        throw new DomainError('already-exists', `The term ${iri} is there already.`, { pointer: '/iri' });
      const vocabulary = await this.vocabularies.existing(current?.vocabulary ?? named, within);
      requireSteward(principal, vocabulary);
      if (stored?.removed === true && stored.term.vocabulary !== named)
        await this.requireFormerSteward(within, principal, stored.term.vocabulary);
      if (named !== vocabulary.id) throw wrongVocabulary(vocabulary.id);
      refuseUnlessExpected(current && termRevision(current), preconditions);
      return this.write(within, principal, vocabulary, iri, current, content, current === undefined ? 'term.create' : 'term.update');
    });
  }

  /** A removed term comes back under its old vocabulary's steward only, as long as that vocabulary exists. */
  private async requireFormerSteward(tx: Transaction, principal: Principal, id: string): Promise<void> {
    const former = await this.vocabularies.find(id, tx);
    if (former !== undefined) requireSteward(principal, former);
  }

  private async change(
    principal: Principal,
    iri: string,
    preconditions: Preconditions,
    tx: Transaction | undefined,
    next: (current: TermRecord) => TermContent,
    action: string,
  ): Promise<TermOutcome> {
    return this.uow.join(tx, async (within) => {
      const { current, vocabulary } = await this.own(within, principal, parseUriId(iri), preconditions);
      return this.write(within, principal, vocabulary, iri, current, next(current), action);
    });
  }

  private async own(tx: Transaction, principal: Principal, iri: string, preconditions: Preconditions) {
    await this.terms.lock(tx);
    const current = await this.get(iri, tx);
    const vocabulary = await this.vocabularies.existing(current.vocabulary, tx);
    requireSteward(principal, vocabulary);
    refuseUnlessExpected(termRevision(current), preconditions);
    return { current, vocabulary };
  }

  private async write(
    tx: Transaction,
    principal: Principal,
    vocabulary: Parameters<TermChanges['put']>[2],
    iri: string,
    current: TermRecord | undefined,
    content: TermContent,
    action: string,
  ): Promise<TermOutcome> {
    if (current !== undefined && canonicalJson(termContentOf(current)) === canonicalJson(content)) {
      return { term: current, change: 'unchanged' };
    }
    await this.changes.put(tx, principal, vocabulary, [{ iri, vocabulary: vocabulary.id, content }], action);
    return { term: await this.get(iri, tx), change: current === undefined ? 'created' : 'replaced' };
  }

  private readSubmission(iri: string, input: unknown): { vocabulary: string; content: TermContent } {
    const places = new SubmissionPlaces();
    const { iri: ownIri, vocabulary, ...rest } = isMembers(input) ? input : {};
    if (!isMembers(input)) places.note('', 'must be an object');
    if (ownIri !== undefined && ownIri !== iri) places.note('/iri', 'is not the IRI of the term in the path');
    const named = places.iri(vocabulary, '/vocabulary');
    const content = readTermContent(iri, rest, this.units, places);
    places.settle();
    return { vocabulary: named ?? '', content };
  }

  private read(iri: string, input: unknown): TermContent {
    const places = new SubmissionPlaces();
    const content = readTermContent(iri, input, this.units, places);
    places.settle();
    return content;
  }
}

function liveOf(stored: StoredTerm | undefined): TermRecord | undefined {
  return stored === undefined || stored.removed ? undefined : stored.term;
}

function unknown(iri: string): DomainError {
  return new DomainError('not-found', `There is no term ${iri} in the dictionary.`);
}

function wrongVocabulary(id: string): DomainError {
  const errors = [{ pointer: '/vocabulary', detail: `is not the vocabulary of this term, ${id}` }];
  return new DomainError('validation-failed', `The term belongs to the vocabulary ${id}.`, { pointer: '/vocabulary', errors });
}
