import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { Transaction } from '../../database/unit-of-work.js';
import type { FederationId, TwinId } from '../../kernel/ids.js';
import type { Candidate, CandidateFeature, CandidateSet } from './candidate-set.js';

const COLUMNS = `federation_id AS "federationId", name, search, organization, twin, found_at AS "foundAt"`;

interface CandidateRow {
  readonly twin: TwinId;
  readonly score: number | null;
  readonly meters: number | null;
  readonly incarnation: number;
  readonly version: number;
  readonly features: CandidateFeature[];
}

/** All persistence of candidate sets, by candidate_set_pkey and candidate_pkey. Writers hold the federation's row lock. */
@Injectable()
export class CandidateSetRepository {
  constructor(private readonly database: Database) {}

  async find(federation: FederationId, name: string, tx?: Transaction): Promise<CandidateSet | undefined> {
    const sql = `SELECT ${COLUMNS} FROM candidate_set WHERE federation_id = $1 AND name = $2`;
    return (await (tx ?? this.database).query<CandidateSet>(sql, [federation, name]))[0];
  }

  /** The set with its candidates in the order of their ranks, both of one moment. */
  async findWhole(federation: FederationId, name: string): Promise<{ set: CandidateSet; candidates: Candidate[] } | undefined> {
    const [row] = await this.database.query<CandidateSet & { candidates: CandidateRow[] }>(
      `SELECT ${COLUMNS}, coalesce((
         SELECT jsonb_agg(jsonb_build_object('twin', c.twin_id, 'score', c.score, 'meters', c.meters, 'incarnation', c.incarnation,
                                             'version', c.version, 'features', c.features) ORDER BY c.rank)
           FROM candidate c WHERE c.federation_id = s.federation_id AND c.set_name = s.name), '[]') AS candidates
         FROM candidate_set s WHERE federation_id = $1 AND name = $2`,
      [federation, name],
    );
    if (row === undefined) return undefined;
    const { candidates, ...set } = row;
    return { set, candidates: candidates.map(toCandidate) };
  }

  list(federation: FederationId, after: string, limit: number): Promise<CandidateSet[]> {
    const sql = `SELECT ${COLUMNS} FROM candidate_set WHERE federation_id = $1 AND name > $2 ORDER BY name LIMIT $3`;
    return this.database.query<CandidateSet>(sql, [federation, after, limit]);
  }

  async countOf(tx: Transaction, federation: FederationId): Promise<number> {
    const sql = 'SELECT count(*)::integer AS count FROM candidate_set WHERE federation_id = $1';
    return (await tx.query<{ count: number }>(sql, [federation]))[0]?.count ?? 0;
  }

  /** The time now. */
  async clock(): Promise<Date> {
    const [row] = await this.database.query<{ now: Date }>('SELECT clock_timestamp() AS now');
    if (row === undefined) throw new Error('SELECT without FROM gave no row.');
    return row.now;
  }

  /** Puts a set, with what was found, in the place of the one of that name, if there is one. */
  async put(tx: Transaction, set: CandidateSet, candidates: readonly Candidate[]): Promise<void> {
    await this.delete(tx, set.federationId, set.name);
    await tx.query(
      'INSERT INTO candidate_set (federation_id, name, search, organization, twin, found_at) VALUES ($1, $2, $3::json, $4, $5, $6)',
      [set.federationId, set.name, JSON.stringify(set.search), set.organization, set.twin, set.foundAt],
    );
    await tx.query(
      `INSERT INTO candidate (federation_id, set_name, rank, twin_id, score, meters, incarnation, version, features)
       SELECT $1, $2, rank, twin_id, score, meters, incarnation, version, features
         FROM unnest($3::text[], $4::float8[], $5::float8[], $6::integer[], $7::integer[], $8::jsonb[])
              WITH ORDINALITY AS found (twin_id, score, meters, incarnation, version, features, rank)`,
      [
        set.federationId,
        set.name,
        candidates.map(({ twin }) => twin),
        candidates.map(({ score }) => score ?? null),
        candidates.map(({ meters }) => meters ?? null),
        candidates.map(({ incarnation }) => incarnation),
        candidates.map(({ version }) => version),
        candidates.map(({ features }) => JSON.stringify(features)),
      ],
    );
  }

  /** Whether there was such a set. */
  async delete(tx: Transaction, federation: FederationId, name: string): Promise<boolean> {
    await tx.query('DELETE FROM candidate WHERE federation_id = $1 AND set_name = $2', [federation, name]);
    const sql = 'DELETE FROM candidate_set WHERE federation_id = $1 AND name = $2 RETURNING name';
    return (await tx.query(sql, [federation, name])).length > 0;
  }
}

function toCandidate({ score, meters, ...row }: CandidateRow): Candidate {
  return { ...row, ...(score !== null && { score }), ...(meters !== null && { meters }) };
}
