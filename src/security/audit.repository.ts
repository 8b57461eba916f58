import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';

/** A row of audit_entry; the sequence is a bigint as text. */
export interface StoredAuditEntry {
  chain: string;
  sequence: string;
  recordedAt: Date;
  entry: string;
  previousHash: Buffer;
  hash: Buffer;
}

const COLUMNS = 'chain, sequence, recorded_at AS "recordedAt", entry, previous_hash AS "previousHash", hash';

/** Reads of the audit log; both ride audit_entry_pkey and take no lock. */
@Injectable()
export class AuditRepository {
  constructor(private readonly database: Database) {}

  async newestFirst(chain: string, before: number | undefined, limit: number): Promise<StoredAuditEntry[]> {
    return this.database.query<StoredAuditEntry>(
      `SELECT ${COLUMNS} FROM audit_entry WHERE chain = $1 AND sequence < coalesce($2::bigint, 9223372036854775807) ORDER BY sequence DESC LIMIT $3`,
      [chain, before ?? null, limit],
    );
  }

  async oldestFirst(chain: string, after: number, limit: number): Promise<StoredAuditEntry[]> {
    return this.database.query<StoredAuditEntry>(
      `SELECT ${COLUMNS} FROM audit_entry WHERE chain = $1 AND sequence > $2 ORDER BY sequence LIMIT $3`,
      [chain, after, limit],
    );
  }
}
