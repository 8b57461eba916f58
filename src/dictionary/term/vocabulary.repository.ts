import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { Transaction } from '../../database/unit-of-work.js';
import type { OrganizationId } from '../../kernel/ids.js';
import type { VocabularyContent, VocabularyRecord } from './term.js';

/** Rides vocabulary_pkey, and term_vocabulary_idx for the count. */
const SELECT = `
  SELECT v.id, v.steward, v.edition, v.incarnation, v.version, v.content, v.created_at AS "createdAt", v.updated_at AS "updatedAt",
         (SELECT count(*) FROM term t WHERE t.vocabulary = v.id AND t.status <> 'REMOVED')::integer AS terms
    FROM vocabulary v`;

/** The incarnation is the second of creation, so that no ETag of a vocabulary deleted before comes back. */
const INSERT = `
  INSERT INTO vocabulary (id, steward, edition, incarnation, version, content, created_at, updated_at)
  SELECT $1, $2, $3, extract(epoch FROM now_)::integer, 1, $4::jsonb, now_, now_ FROM (SELECT clock_timestamp() AS now_) AS clock`;

/** Rides vocabulary_pkey. */
const UPDATE = `
  UPDATE vocabulary SET steward = $2, edition = $3, content = $4::jsonb, version = version + 1, updated_at = clock_timestamp() WHERE id = $1`;

/**
 * $1 IRIs: for each, the vocabulary in whose namespace it lies, if any; of several the innermost. Reads every vocabulary: there are few.
 */
const NAMESPACES = `
  SELECT DISTINCT ON (i.iri) i.iri, v.id AS vocabulary
    FROM unnest($1::text[]) AS i (iri) JOIN vocabulary v
      ON starts_with(i.iri, v.id) AND (v.id ~ '[/#:]$' OR i.iri = v.id OR substr(i.iri, length(v.id) + 1, 1) IN ('/', '#', ':'))
   ORDER BY i.iri, length(v.id) DESC`;

interface VocabularyRow extends Omit<VocabularyRecord, keyof VocabularyContent | 'steward'> {
  steward: OrganizationId | null;
  edition: number;
  content: VocabularyContent;
}

/** A vocabulary with what only the broker needs to know. */
export interface StoredVocabulary extends VocabularyRecord {
  readonly edition: number;
}

function recordOf({ content, steward, ...rest }: VocabularyRow): StoredVocabulary {
  return { ...content, ...(steward === null ? {} : { steward }), ...rest };
}

/** A vocabulary to be written. */
export interface VocabularyWrite {
  readonly id: string;
  /** Undefined: built in. */
  readonly steward?: OrganizationId;
  readonly edition: number;
  readonly content: VocabularyContent;
}

/** All persistence of vocabularies. Writers hold the dictionary's lock. */
@Injectable()
export class VocabularyRepository {
  constructor(private readonly database: Database) {}

  async find(id: string, tx?: Transaction): Promise<StoredVocabulary | undefined> {
    const [row] = await (tx ?? this.database).query<VocabularyRow>(`${SELECT} WHERE v.id = $1`, [id]);
    return row && recordOf(row);
  }

  async page(steward: string | undefined, after: string | undefined, limit: number): Promise<StoredVocabulary[]> {
    const rows = await this.database.query<VocabularyRow>(
      `${SELECT} WHERE ($1::text IS NULL OR v.steward = $1) AND ($2::text IS NULL OR v.id > $2) ORDER BY v.id LIMIT $3`,
      [steward, after, limit],
    );
    return rows.map(recordOf);
  }

  async insert(tx: Transaction, { id, steward, edition, content }: VocabularyWrite): Promise<void> {
    await tx.query(INSERT, [id, steward, edition, JSON.stringify(content)]);
  }

  async update(tx: Transaction, { id, steward, edition, content }: VocabularyWrite): Promise<void> {
    await tx.query(UPDATE, [id, steward, edition, JSON.stringify(content)]);
  }

  async delete(tx: Transaction, id: string): Promise<void> {
    await tx.query('DELETE FROM vocabulary WHERE id = $1', [id]);
  }

  /** How many vocabularies an organization is steward of. */
  async count(tx: Transaction, steward: OrganizationId): Promise<number> {
    const [row] = await tx.query<{ count: number }>('SELECT count(*)::integer AS count FROM vocabulary WHERE steward = $1', [steward]);
    return row?.count ?? 0;
  }

  /** Rides organization_pkey. */
  async organizationExists(tx: Transaction, id: OrganizationId): Promise<boolean> {
    return (await tx.query('SELECT FROM organization WHERE id = $1', [id])).length > 0;
  }

  /** Per IRI, the vocabulary whose namespace it lies in. */
  async namespacesOf(tx: Transaction, iris: readonly string[]): Promise<Map<string, string>> {
    const rows = await tx.query<{ iri: string; vocabulary: string }>(NAMESPACES, [iris]);
    return new Map(rows.map(({ iri, vocabulary }) => [iri, vocabulary]));
  }
}
