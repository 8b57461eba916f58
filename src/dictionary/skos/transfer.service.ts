import { Injectable } from '@nestjs/common';
import { UnitOfWork } from '../../database/unit-of-work.js';
import { canonicalJson } from '../../kernel/canonical-json.js';
import { parseUriId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import type { Principal } from '../../security/principal.js';
import { requireSteward } from '../term/stewardship.js';
import { SubmissionPlaces } from '../term/submission-places.js';
import { TermChanges } from '../term/term-changes.js';
import { type TermFilters, TermRepository } from '../term/term.repository.js';
import { type DictionaryChange, type TermContent, termContentOf, type TermRecord, type VocabularyContent } from '../term/term.js';
import { contentOf, VocabularyService } from '../term/vocabulary.service.js';
import { DocumentReader, type ReadDocument } from './document-reader.js';
import type { Unmapped } from './rdf.js';

/** Terms that one import may bring; also the most that an export holds. */
export const MAX_IMPORTED_TERMS = 10_000;
/** Entries of each list in a report; the counts tell of the rest. */
const MAX_LISTED = 1_000;
const PAGE = 1_000;

/** What an import did, or would do. */
export interface ImportReport {
  readonly dryRun: boolean;
  readonly created: number;
  readonly replaced: number;
  readonly unchanged: number;
  readonly vocabulary: DictionaryChange;
  /** The terms created or replaced, at most 1,000. */
  readonly changes: readonly { readonly iri: string; readonly change: DictionaryChange }[];
  readonly unmappedCount: number;
  /** At most 1,000. */
  readonly unmapped: readonly Unmapped[];
}

/** Undoes the unit of work of a dry run. */
class DryRunOver extends Error {
  constructor(readonly report: ImportReport) {
    super('The dry run is over.');
  }
}

/** A whole vocabulary. */
export interface WholeVocabulary extends VocabularyContent {
  readonly id: string;
  readonly terms: readonly TermRecord[];
}

/**
 * Vocabularies in and out as documents. An import is one transaction: all of it or nothing; what it does not speak of stays. A dry run does the same
 * and takes it back.
 */
@Injectable()
export class TransferService {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly terms: TermRepository,
    private readonly vocabularies: VocabularyService,
    private readonly changes: TermChanges,
    private readonly documents: DocumentReader,
  ) {}

  /**
   * Takes a document (Turtle as text, JSON-LD as its value) into a vocabulary.
   * @throws DomainError `not-found`, `forbidden`, `validation-failed` with pointers `/<IRI>/<member>`, `payload-too-large`, `state-conflict`
   */
  async import(principal: Principal, id: string, document: unknown, dryRun = false): Promise<ImportReport> {
    requireSteward(principal, await this.vocabularies.existing(parseUriId(id)));
    const read = await this.documents.read(document, id);
    if (read.concepts.length > MAX_IMPORTED_TERMS) {
      throw new DomainError(
        'payload-too-large',
        `One import brings at most ${MAX_IMPORTED_TERMS} terms; this one has ${read.concepts.length}.`,
      );
    }
    try {
      return await this.uow.run(async (tx) => {
        await this.terms.lock(tx);
        const vocabulary = await this.vocabularies.existing(id, tx);
        requireSteward(principal, vocabulary);
        const described = { ...contentOf(vocabulary), ...read.scheme };
        const outcome = await this.vocabularies.describe(tx, principal, vocabulary, described);
        const stored = await this.terms.stored(
          read.concepts.map(({ iri }) => iri),
          tx,
        );
        const writes: { iri: string; vocabulary: string; content: TermContent; change: DictionaryChange }[] = [];
        const places = new SubmissionPlaces();
        for (const { iri, contentAfter } of read.concepts) {
          const before = stored.get(iri);
          if (before !== undefined && before.term.vocabulary !== id)
            places.note(`/${iri.replaceAll('~', '~0').replaceAll('/', '~1')}`, `belongs to the vocabulary ${before.term.vocabulary}`);
          const current = before === undefined || before.removed ? undefined : termContentOf(before.term);
          const content = contentAfter(current);
          const same = current !== undefined && canonicalJson(current) === canonicalJson(content);
          writes.push({ iri, vocabulary: id, content, change: same ? 'unchanged' : current === undefined ? 'created' : 'replaced' });
        }
        places.settle();
        await this.changes.put(
          tx,
          principal,
          vocabulary,
          writes.filter(({ change }) => change !== 'unchanged'),
          'vocabulary.import',
        );
        const report = reportOf(dryRun, outcome.change, writes, read);
        if (dryRun) throw new DryRunOver(report);
        return report;
      });
    } catch (error) {
      if (error instanceof DryRunOver) return error.report;
      throw error;
    }
  }

  /** The vocabulary with its terms in order of IRI. @throws DomainError `not-found` */
  async whole(id: string): Promise<WholeVocabulary> {
    const vocabulary = await this.vocabularies.get(id);
    const filters: TermFilters = { vocabulary: id };
    const terms: TermRecord[] = [];
    for (;;) {
      const page = await this.terms.page(filters, terms.at(-1)?.iri, PAGE);
      terms.push(...page);
      if (page.length < PAGE) return { ...contentOf(vocabulary), id, terms };
    }
  }
}

function reportOf(
  dryRun: boolean,
  vocabulary: DictionaryChange,
  writes: readonly { iri: string; change: DictionaryChange }[],
  { unmapped }: ReadDocument,
): ImportReport {
  const count = (change: DictionaryChange): number => writes.filter((write) => write.change === change).length;
  return {
    dryRun,
    created: count('created'),
    replaced: count('replaced'),
    unchanged: count('unchanged'),
    vocabulary,
    changes: writes.filter(({ change }) => change !== 'unchanged').slice(0, MAX_LISTED).map(({ iri, change }) => ({ iri, change })), // prettier-ignore
    unmappedCount: unmapped.length,
    unmapped: unmapped.slice(0, MAX_LISTED),
  };
}
