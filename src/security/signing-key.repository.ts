import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import type { Transaction } from '../database/unit-of-work.js';

/** A signing key as the database keeps it; the age is by the database's clock. */
export interface StoredSigningKey {
  kid: string;
  generation: number;
  sealedPrivateKey: string;
  ageMs: number;
}

/** A handful of rows: no statement here needs an index. */
@Injectable()
export class SigningKeyRepository {
  constructor(private readonly database: Database) {}

  /** All keys, newest first. */
  async all(): Promise<StoredSigningKey[]> {
    return this.database.query<StoredSigningKey>(
      `SELECT kid, generation, sealed_private_key AS "sealedPrivateKey",
              (extract(epoch FROM clock_timestamp() - created_at) * 1000)::float8 AS "ageMs"
         FROM signing_key ORDER BY generation DESC`,
    );
  }

  /** False when another broker has made this generation already; waits for one that is about to commit it. */
  async insert(tx: Transaction, key: Omit<StoredSigningKey, 'ageMs'>): Promise<boolean> {
    const rows = await tx.query(
      `INSERT INTO signing_key (kid, generation, sealed_private_key) VALUES ($1, $2, $3)
       ON CONFLICT (generation) DO NOTHING RETURNING kid`,
      [key.kid, key.generation, key.sealedPrivateKey],
    );
    return rows.length > 0;
  }

  /** Deletes keys whose successor is older than `ms`: nothing that they signed can still be alive. */
  async deleteSuperseded(ms: number): Promise<void> {
    await this.database.query(
      `DELETE FROM signing_key AS old USING signing_key AS successor
        WHERE successor.generation = old.generation + 1 AND successor.created_at < clock_timestamp() - $1 * interval '1 millisecond'`,
      [ms],
    );
  }
}
