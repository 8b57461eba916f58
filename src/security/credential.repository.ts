import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import type { Transaction } from '../database/unit-of-work.js';
import type { OrganizationId, TwinId } from '../kernel/ids.js';
import { type CredentialHolder, heldBy, lockHolder } from './credential-holder.js';
import type { OrganizationStatus } from './organization.entity.js';

/** A credential without its secret. */
export interface ListedCredential {
  clientId: string;
  /** What its owner calls it; null when it has no name. */
  name: string | null;
  createdAt: Date;
}

/** A credential before it is stored. */
export interface CredentialDraft {
  clientId: string;
  name: string | null;
  holder: CredentialHolder;
  secretHash: Buffer;
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

const LISTED = 'client_id AS "clientId", name, created_at AS "createdAt"';

/** Persistence of credentials. */
@Injectable()
export class CredentialRepository {
  constructor(private readonly database: Database) {}

  /** How many the holder has, until the transaction ends: meanwhile nobody else makes one for the holder, or ends all of its. */
  async lockAndCount(tx: Transaction, holder: CredentialHolder): Promise<number> {
    await lockHolder(tx, holder);
    const sql = `SELECT count(*)::integer AS count FROM credential WHERE ${heldBy(holder)}`;
    const rows = await tx.query<{ count: number }>(sql, [holder.organization, holder.twin ?? null]);
    return rows[0]?.count ?? 0;
  }

  /** Undefined when the holder has one of that name; rides credential_name_key. */
  async insert(tx: Transaction, { clientId, name, holder, secretHash }: CredentialDraft): Promise<ListedCredential | undefined> {
    const rows = await tx.query<ListedCredential>(
      `INSERT INTO credential (client_id, kind, organization_id, twin_id, name, secret_hash) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (organization_id, coalesce(twin_id, ''), name) DO NOTHING RETURNING ${LISTED}`,
      [clientId, holder.twin === undefined ? 'organization' : 'twin', holder.organization, holder.twin ?? null, name, secretHash],
    );
    return rows[0];
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
      `SELECT ${LISTED} FROM credential
        WHERE ${heldBy(holder)} AND client_id > $3 ORDER BY client_id LIMIT $4`,
      [holder.organization, holder.twin ?? null, after, limit],
    );
  }

  /** The holder's credential of that client id or name; undefined when there is none. */
  async delete(tx: Transaction, holder: CredentialHolder, clientIdOrName: string): Promise<ListedCredential | undefined> {
    const rows = await tx.query<ListedCredential>(
      `DELETE FROM credential WHERE ${heldBy(holder)} AND (client_id = $3 OR name = $3) RETURNING ${LISTED}`,
      [holder.organization, holder.twin ?? null, clientIdOrName],
    );
    return rows[0];
  }
}
