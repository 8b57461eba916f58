import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import type { Transaction } from '../database/unit-of-work.js';
import type { OrganizationId } from '../kernel/ids.js';
import type { Organization, OrganizationStatus } from './organization.entity.js';

const COLUMNS = 'id, name, status, created_at AS "createdAt"';

/** Persistence of organizations; every statement rides organization_pkey. */
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

  async list(after: string, limit: number): Promise<Organization[]> {
    return this.database.query<Organization>(`SELECT ${COLUMNS} FROM organization WHERE id > $1 ORDER BY id LIMIT $2`, [after, limit]);
  }
}
