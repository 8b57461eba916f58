import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import type { Transaction } from '../database/unit-of-work.js';
import type { OrganizationId, TwinId } from '../kernel/ids.js';
import type { OrganizationStatus } from './organization.entity.js';

/** Whom an organization's or twin's credential speaks for; `twin` undefined: the organization itself. */
export interface CredentialHolder {
  organization: OrganizationId;
  twin?: TwinId;
}

/** A credential without its secret. */
export interface ListedCredential {
  clientId: string;
  createdAt: Date;
}

/** A credential as needed to check a secret or a token. */
export interface StoredCredential {
  clientId: string;
  kind: 'operator' | 'organization' | 'twin';
  organization: OrganizationId | null;
  twin: TwinId | null;
  secretHash: Buffer;
  /** Null for the operator. */
  status: OrganizationStatus | null;
}

// Both forms ride credential_by_holder; the second names its parameter only to have the same ones.
function heldBy({ twin }: CredentialHolder): string {
  return twin === undefined ? 'organization_id = $1 AND twin_id IS NULL AND $2::text IS NULL' : 'organization_id = $1 AND twin_id = $2';
}

/** Persistence of credentials. */
@Injectable()
export class CredentialRepository {
  constructor(private readonly database: Database) {}

  async insert(tx: Transaction, clientId: string, holder: CredentialHolder, secretHash: Buffer): Promise<ListedCredential> {
    const rows = await tx.query<ListedCredential>(
      `INSERT INTO credential (client_id, kind, organization_id, twin_id, secret_hash) VALUES ($1, $2, $3, $4, $5)
       RETURNING client_id AS "clientId", created_at AS "createdAt"`,
      [clientId, holder.twin === undefined ? 'organization' : 'twin', holder.organization, holder.twin ?? null, secretHash],
    );
    const [row] = rows;
    if (row === undefined) throw new Error('INSERT … RETURNING gave no row');
    return row;
  }

  /**
   * Creates the operator's credential, or with `replace` sets its secret anew. Of brokers doing this together one inserts; the others
   * wait for its commit. `unchanged`: it was there, and keeps the secret that it had.
   */
  async putOperator(
    tx: Transaction,
    clientId: string,
    secretHash: Buffer,
    replace: boolean,
  ): Promise<'created' | 'replaced' | 'unchanged'> {
    const rows = await tx.query<{ created: boolean }>(
      `INSERT INTO credential (client_id, kind, secret_hash) VALUES ($1, 'operator', $2)
       ON CONFLICT (client_id) DO UPDATE SET secret_hash = excluded.secret_hash
         WHERE $3 AND credential.secret_hash <> excluded.secret_hash
       RETURNING (xmax = 0) AS created`,
      [clientId, secretHash, replace],
    );
    const [row] = rows;
    return row === undefined ? 'unchanged' : row.created ? 'created' : 'replaced';
  }

  /** Rides credential_pkey. */
  async find(clientId: string): Promise<StoredCredential | undefined> {
    const rows = await this.database.query<StoredCredential>(
      `SELECT c.client_id AS "clientId", c.kind, c.organization_id AS organization, c.twin_id AS twin, c.secret_hash AS "secretHash", o.status
         FROM credential AS c LEFT JOIN organization AS o ON o.id = c.organization_id WHERE c.client_id = $1`,
      [clientId],
    );
    return rows[0];
  }

  async list(holder: CredentialHolder, after: string, limit: number): Promise<ListedCredential[]> {
    return this.database.query<ListedCredential>(
      `SELECT client_id AS "clientId", created_at AS "createdAt" FROM credential
        WHERE ${heldBy(holder)} AND client_id > $3 ORDER BY client_id LIMIT $4`,
      [holder.organization, holder.twin ?? null, after, limit],
    );
  }

  /** False when the holder has no such credential. */
  async delete(tx: Transaction, holder: CredentialHolder, clientId: string): Promise<boolean> {
    const rows = await tx.query(`DELETE FROM credential WHERE ${heldBy(holder)} AND client_id = $3 RETURNING client_id`, [
      holder.organization,
      holder.twin ?? null,
      clientId,
    ]);
    return rows.length > 0;
  }

  /** Deletes all of the holder's. Returns how many there were. */
  async deleteAll(tx: Transaction, holder: CredentialHolder): Promise<number> {
    const sql = `DELETE FROM credential WHERE ${heldBy(holder)} RETURNING client_id`;
    return (await tx.query(sql, [holder.organization, holder.twin ?? null])).length;
  }
}
