import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { Transaction } from '../../database/unit-of-work.js';
import type { NameKind } from './term-name.entity.js';
import type { RelationKind } from './term-relation.entity.js';
import {
  COUNT_TERMS,
  DELETE_NAMES,
  DELETE_RELATIONS,
  DICTIONARY_LOCK,
  INSERT_NAMES,
  INSERT_RELATIONS,
  KEEP_VERSIONS,
  REMOVE_TERM,
  SELECT_BROADER,
  SELECT_NAMED,
  SELECT_REFERRERS,
  SELECT_RELATIONS,
  SELECT_TERM_PAGE,
  SELECT_TERMS,
  SELECT_VERSION,
  SELECT_VERSIONS,
  UPSERT_TERMS,
} from './term.queries.js';
import { foldName, localName, type TermContent, type TermRecord, type TermStatus, type TermVersion } from './term.js';

/** A relation between two IRIs. */
export interface TermRelation {
  readonly term: string;
  readonly kind: RelationKind;
  readonly target: string;
}

/** A term to be written. */
export interface TermWrite {
  readonly iri: string;
  readonly vocabulary: string;
  readonly content: TermContent;
}

/** A row of term; without content when it was removed. */
export type StoredTerm = { readonly removed: false; readonly term: TermRecord } | { readonly removed: true; readonly term: RemovedTerm };

/** What is left of a removed term. */
export interface RemovedTerm {
  readonly iri: string;
  readonly vocabulary: string;
  readonly version: number;
}

/** Filters of the list of terms; what is missing is any. */
export interface TermFilters {
  readonly vocabulary?: string;
  readonly status?: TermStatus;
  readonly valueType?: string;
  readonly broader?: string;
  readonly match?: string;
  readonly name?: string;
  readonly label?: string;
  readonly language?: string;
}

interface TermRow extends Omit<TermRecord, keyof TermContent> {
  status: TermStatus | 'REMOVED';
  content: TermContent;
}

interface NameRow {
  term: string;
  kind: NameKind;
  language: string;
  position: number;
  folded: string;
}

function recordOf({ content, status: _status, ...rest }: TermRow): TermRecord {
  return { ...content, ...rest };
}

function relationsOf({ iri, content }: TermWrite): TermRelation[] {
  const kinds = { broader: content.broader, exactMatch: content.exactMatch, closeMatch: content.closeMatch };
  const relations = Object.entries(kinds).flatMap(([kind, targets]) =>
    targets.map((target) => ({ term: iri, kind: kind as RelationKind, target })),
  );
  return content.replacedBy === undefined ? relations : [...relations, { term: iri, kind: 'replacedBy', target: content.replacedBy }];
}

function namesOf({ iri, content }: TermWrite): NameRow[] {
  const row = (kind: NameKind, language: string) => (name: string, position: number) => ({
    term: iri,
    kind,
    language,
    position,
    folded: foldName(name),
  });
  const local = localName(iri);
  return [
    ...Object.entries(content.labels).map(([language, label]) => row('label', language)(label, 0)),
    ...Object.entries(content.alternativeLabels).flatMap(([language, labels]) => labels.map(row('alternative', language))),
    ...content.notations.map(row('notation', '')),
    ...(local === '' ? [] : [row('local', '')(local, 0)]),
  ];
}

/** All persistence of terms. */
@Injectable()
export class TermRepository {
  constructor(private readonly database: Database) {}

  /** Waits until nobody else writes the dictionary, and keeps others from it until the transaction ends. */
  async lock(tx: Transaction): Promise<void> {
    await tx.query(DICTIONARY_LOCK);
  }

  /** The rows of these IRIs, removed terms included. */
  async stored(iris: readonly string[], tx?: Transaction): Promise<Map<string, StoredTerm>> {
    const rows = await (tx ?? this.database).query<TermRow>(SELECT_TERMS, [iris]);
    return new Map(
      rows.map((row) => [row.iri, row.status === 'REMOVED' ? { removed: true, term: row } : { removed: false, term: recordOf(row) }]),
    );
  }

  /** The term, unless there is none or it was removed. */
  async find(iri: string, tx?: Transaction): Promise<TermRecord | undefined> {
    const stored = (await this.stored([iri], tx)).get(iri);
    return stored === undefined || stored.removed ? undefined : stored.term;
  }

  async page(filters: TermFilters, after: string | undefined, limit: number): Promise<TermRecord[]> {
    const { vocabulary, status, valueType, broader, match, name, label, language } = filters;
    const like = label === undefined ? undefined : `%${foldName(label).replaceAll(/[\\%_]/g, '\\$&')}%`;
    const folded = name === undefined ? undefined : foldName(name);
    const parameters = [vocabulary, status, valueType, broader, match, folded, like, language, after, limit];
    const rows = await this.database.query<TermRow>(SELECT_TERM_PAGE, parameters);
    return rows.map(recordOf);
  }

  /** Writes new versions of these terms, each named once, with all that is derived from them. */
  async put(tx: Transaction, writes: readonly TermWrite[], changedBy: string): Promise<void> {
    if (writes.length === 0) return;
    const iris = writes.map(({ iri }) => iri);
    const rows = writes.map((write) => ({ ...write, status: write.content.status }));
    await tx.query(UPSERT_TERMS, [JSON.stringify(rows), changedBy]);
    await tx.query(KEEP_VERSIONS, [iris]);
    await this.forgetDerived(tx, iris);
    await tx.query(INSERT_RELATIONS, [JSON.stringify(writes.flatMap(relationsOf))]);
    await tx.query(INSERT_NAMES, [JSON.stringify(writes.flatMap(namesOf))]);
  }

  /** Takes a term out; its versions stay. */
  async remove(tx: Transaction, iri: string, changedBy: string): Promise<void> {
    await tx.query(REMOVE_TERM, [iri, changedBy]);
    await tx.query(KEEP_VERSIONS, [[iri]]);
    await this.forgetDerived(tx, [iri]);
  }

  /** What is broader than each of these. */
  async broaderOf(tx: Transaction, iris: readonly string[]): Promise<{ term: string; target: string }[]> {
    return tx.query(SELECT_BROADER, [iris]);
  }

  /** Up to `limit` relations at either end of these IRIs. */
  async relationsAround(iris: readonly string[], limit: number): Promise<TermRelation[]> {
    return this.database.query(SELECT_RELATIONS, [iris, limit]);
  }

  /** Some of the terms that refer to this IRI. */
  async referrers(tx: Transaction, iri: string): Promise<string[]> {
    const rows = await tx.query<{ term: string }>(SELECT_REFERRERS, [iri]);
    return rows.map(({ term }) => term);
  }

  /** IRIs of up to 100 terms with this name. */
  async named(name: string): Promise<string[]> {
    const rows = await this.database.query<{ iri: string }>(SELECT_NAMED, [foldName(name)]);
    return rows.map(({ iri }) => iri);
  }

  /** Versions from the newest, or below `before`. */
  async versions(iri: string, before: number | undefined, limit: number): Promise<TermVersion[]> {
    return (await this.database.query<TermVersion>(SELECT_VERSIONS, [iri, before, limit])).map(versionOf);
  }

  async version(iri: string, version: number): Promise<TermVersion | undefined> {
    return (await this.database.query<TermVersion>(SELECT_VERSION, [iri, version])).map(versionOf)[0];
  }

  /** Terms of a vocabulary that were last changed by `subject`. Rides term_vocabulary_idx. */
  async lastChangedBy(tx: Transaction, vocabulary: string, subject: string): Promise<Set<string>> {
    const rows = await tx.query<{ iri: string }>(`SELECT iri FROM term WHERE vocabulary = $1 AND status <> 'REMOVED' AND changed_by = $2`, [
      vocabulary,
      subject,
    ]);
    return new Set(rows.map(({ iri }) => iri));
  }

  /** How many terms a vocabulary has. */
  async count(tx: Transaction, vocabulary: string): Promise<number> {
    const [row] = await tx.query<{ terms: number }>(COUNT_TERMS, [vocabulary]);
    return row?.terms ?? 0;
  }

  private async forgetDerived(tx: Transaction, iris: readonly string[]): Promise<void> {
    await tx.query(DELETE_RELATIONS, [iris]);
    await tx.query(DELETE_NAMES, [iris]);
  }
}

function versionOf({ content, ...rest }: TermVersion): TermVersion {
  return rest.status === 'REMOVED' ? rest : { ...rest, content };
}
