import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import type { Transaction } from '../database/unit-of-work.js';
import type { OrganizationId } from '../kernel/ids.js';
import type { Organization, OrganizationStatus } from './organization.entity.js';

const COLUMNS = 'id, name, status, created_at AS "createdAt"';

/** Persistence of organizations; statements on organization ride organization_pkey. */
@Injectable()
export class OrganizationRepository {
  constructor(private readonly database: Database) {}

  /** Undefined when the id is taken. */
  async insert(tx: Transaction, id: OrganizationId, name: string): Promise<Organization | undefined> {
    const rows = await tx.query<Organization>(
      `INSERT INTO organization (id, name, status) VALUES ($1, $2, 'ACTIVE') ON CONFLICT (id) DO NOTHING RETURNING ${COLUMNS}`,
      [id, name],
    );
    return rows[0];
  }

  async find(id: OrganizationId): Promise<Organization | undefined> {
    const rows = await this.database.query<Organization>(`SELECT ${COLUMNS} FROM organization WHERE id = $1`, [id]);
    return rows[0];
  }

  /** Locks the row until the transaction ends, against a change of its status. */
  async lock(tx: Transaction, id: OrganizationId): Promise<Organization | undefined> {
    const rows = await tx.query<Organization>(`SELECT ${COLUMNS} FROM organization WHERE id = $1 FOR NO KEY UPDATE`, [id]);
    return rows[0];
  }

  async setStatus(tx: Transaction, id: OrganizationId, status: OrganizationStatus): Promise<void> {
    await tx.query('UPDATE organization SET status = $2 WHERE id = $1', [id, status]);
  }

  /** Ends every credential of the organization and its twins; rides credential_by_holder. */
  async endCredentials(tx: Transaction, id: OrganizationId): Promise<number> {
    return (await tx.query('DELETE FROM credential WHERE organization_id = $1 RETURNING client_id', [id])).length;
  }

  /** Rides credential_by_holder. */
  async countCredentials(id: OrganizationId): Promise<number> {
    const rows = await this.database.query<{ count: number }>(
      'SELECT count(*)::integer AS count FROM credential WHERE organization_id = $1',
      [id],
    );
    return rows[0]?.count ?? 0;
  }

  async list(after: string, limit: number): Promise<Organization[]> {
    return this.database.query<Organization>(`SELECT ${COLUMNS} FROM organization WHERE id > $1 ORDER BY id LIMIT $2`, [after, limit]);
  }
}
