/**
 * The dictionary's SQL. Whoever writes takes DICTIONARY_LOCK first: terms refer to each other, and a cycle that two writers close together
 * would be seen by neither. Readers take no lock.
 */

/** Held until the transaction ends; one writer of vocabularies and terms at a time, among all brokers. */
export const DICTIONARY_LOCK = 'SELECT pg_advisory_xact_lock(7215, 0)';

/** Rides term_relation_target_idx for the narrower terms. */
const TERM_COLUMNS = `
  t.iri, t.vocabulary, t.version, t.status, t.content, t.created_at AS "createdAt", t.updated_at AS "updatedAt",
  ARRAY (SELECT r.term FROM term_relation r WHERE r.target = t.iri AND r.kind = 'broader' ORDER BY r.term LIMIT 1000) AS narrower`;

/** $1 IRIs. Rides term_pkey; removed terms included. */
export const SELECT_TERMS = `SELECT ${TERM_COLUMNS} FROM term t WHERE t.iri = ANY ($1::text[])`;

/**
 * A page in order of IRI. $1 vocabulary, $2 status, $3 value type, $4 broader, $5 match, $6 name folded, $7 and $8 text for LIKE and its language,
 * $9 after, $10 limit; null: any. Rides term_vocabulary_idx for a vocabulary, term_name_folded_idx for a name, term_relation_target_idx for
 * a relation, otherwise term_pkey. A text within labels is looked for in every label of the candidates.
 */
export const SELECT_TERM_PAGE = `
  SELECT ${TERM_COLUMNS} FROM term t
   WHERE t.status <> 'REMOVED'
     AND ($1::text IS NULL OR t.vocabulary = $1)
     AND ($2::text IS NULL OR t.status = $2)
     AND ($3::text IS NULL OR t.content ->> 'valueType' = $3)
     AND ($4::text IS NULL OR t.iri IN (SELECT r.term FROM term_relation r WHERE r.target = $4 AND r.kind = 'broader'))
     AND ($5::text IS NULL OR t.iri IN (SELECT r.term FROM term_relation r WHERE r.target = $5 AND r.kind IN ('exactMatch', 'closeMatch')))
     AND ($6::text IS NULL OR t.iri IN (SELECT n.term FROM term_name n WHERE n.folded = $6))
     AND ($7::text IS NULL OR EXISTS (
       SELECT FROM term_name n WHERE n.term = t.iri AND n.folded LIKE $7 AND n.kind IN ('label', 'alternative')
          AND ($8::text IS NULL OR n.language = $8 OR starts_with(n.language, $8 || '-'))))
     AND ($9::text IS NULL OR t.iri > $9)
   ORDER BY t.iri LIMIT $10`;

/** $1 terms as JSON, $2 who. Rides term_pkey; a term that was removed goes on with its next version. */
export const UPSERT_TERMS = `
  INSERT INTO term AS t (iri, vocabulary, version, status, content, changed_by, created_at, updated_at)
  SELECT r.iri, r.vocabulary, 1, r.status, r.content, $2, now_, now_
    FROM jsonb_to_recordset($1::jsonb) AS r (iri text, vocabulary text, status text, content jsonb), (SELECT clock_timestamp() AS now_) AS clock
  ON CONFLICT (iri) DO UPDATE SET
    vocabulary = excluded.vocabulary, version = t.version + 1, status = excluded.status, content = excluded.content,
    changed_by = excluded.changed_by, updated_at = excluded.updated_at`;

/** $1 IRIs. Rides term_pkey. */
export const KEEP_VERSIONS = `
  INSERT INTO term_version (iri, version, status, content, changed_by, changed_at)
  SELECT iri, version, status, content, changed_by, updated_at FROM term WHERE iri = ANY ($1::text[])`;

/** Each rides the primary key of its table. */
export const DELETE_RELATIONS = 'DELETE FROM term_relation WHERE term = ANY ($1::text[])';
export const DELETE_NAMES = 'DELETE FROM term_name WHERE term = ANY ($1::text[])';

export const INSERT_RELATIONS = `
  INSERT INTO term_relation (term, kind, target)
  SELECT r.term, r.kind, r.target FROM jsonb_to_recordset($1::jsonb) AS r (term text, kind text, target text)`;
export const INSERT_NAMES = `
  INSERT INTO term_name (term, kind, language, position, folded)
  SELECT r.term, r.kind, r.language, r.position, r.folded
    FROM jsonb_to_recordset($1::jsonb) AS r (term text, kind text, language text, position integer, folded text)`;

/** $1 IRIs: what is broader than each. Rides term_relation_pkey. */
export const SELECT_BROADER = `SELECT term, target FROM term_relation WHERE term = ANY ($1::text[]) AND kind = 'broader'`;

/** $1 IRIs, $2 limit: relations at either end of them. Rides term_relation_pkey and term_relation_target_idx. */
export const SELECT_RELATIONS = `
  (SELECT term, kind, target FROM term_relation WHERE term = ANY ($1::text[]) ORDER BY term, kind, target LIMIT $2)
  UNION
  (SELECT term, kind, target FROM term_relation WHERE target = ANY ($1::text[]) ORDER BY target, kind, term LIMIT $2)
  ORDER BY term, kind, target`;

/** $1 IRI: who else points at it. Rides term_relation_target_idx. */
export const SELECT_REFERRERS = 'SELECT DISTINCT term FROM term_relation WHERE target = $1 AND term <> $1 ORDER BY term LIMIT 20';

/** $1 name folded. Rides term_name_folded_idx; terms in use first. */
export const SELECT_NAMED = `
  SELECT t.iri FROM term t WHERE t.iri IN (SELECT n.term FROM term_name n WHERE n.folded = $1) AND t.status <> 'REMOVED'
   ORDER BY t.status, t.iri LIMIT 100`;

/** $1 IRI, $2 before this version, $3 limit. Rides term_version_pkey. */
export const SELECT_VERSIONS = `
  SELECT version, status, content, changed_by AS "changedBy", changed_at AS "changedAt"
    FROM term_version WHERE iri = $1 AND ($2::integer IS NULL OR version < $2) ORDER BY version DESC LIMIT $3`;

/** $1 IRI, $2 version. Rides term_version_pkey. */
export const SELECT_VERSION = `
  SELECT version, status, content, changed_by AS "changedBy", changed_at AS "changedAt" FROM term_version WHERE iri = $1 AND version = $2`;

/** Rides term_pkey on a row that the writer's lock protects. $1 IRI, $2 who. */
export const REMOVE_TERM = `
  UPDATE term SET version = version + 1, status = 'REMOVED', content = '{}', changed_by = $2, updated_at = clock_timestamp() WHERE iri = $1`;

/** Rides term_vocabulary_idx. */
export const COUNT_TERMS = `SELECT count(*)::integer AS terms FROM term WHERE vocabulary = $1 AND status <> 'REMOVED'`;
