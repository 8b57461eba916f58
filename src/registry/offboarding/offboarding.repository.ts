import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { Transaction } from '../../database/unit-of-work.js';
import type { OrganizationId, TwinId } from '../../kernel/ids.js';
import type { Offboarding, OffboardingOrder, OffboardingState, RefusedTwin } from './offboarding.js';

const OWN_TWINS = `t.owner = o.organization AND t.registration = 'REGISTERED'`;
const COLUMNS = `o.organization, o.mode, o.to_organization AS "to", o.state, o.requested_by AS "requestedBy", o.started_at AS "startedAt",
  o.updated_at AS "updatedAt", o.finished_at AS "finishedAt", o.position, o.deregistered, o.transferred, o.dissolved, o.refused`;

/** What one step of the work did. */
export interface OffboardingStep {
  readonly position: string;
  readonly deregistered: number;
  readonly transferred: number;
  readonly dissolved: number;
  readonly refused: readonly RefusedTwin[];
  readonly state: OffboardingState;
}

/** How much an organization has in the registry and the dictionary; vocabularies and schemas stay when it leaves. */
export type RegistryBelongings = Readonly<Record<'twins' | 'sets' | 'vocabularies' | 'schemas' | 'offers', number>>;

/** Persistence of offboardings. */
@Injectable()
export class OffboardingRepository {
  constructor(private readonly database: Database) {}

  /** Rides organization_offboarding_pkey and twin_owner_idx. */
  async find(organization: OrganizationId): Promise<Offboarding | undefined> {
    const [row] = await this.database.query<Offboarding>(
      `SELECT ${COLUMNS}, (SELECT count(*)::integer FROM twin t WHERE ${OWN_TWINS}) AS remaining
         FROM organization_offboarding o WHERE o.organization = $1`,
      [organization],
    );
    return row;
  }

  /** Begins it, or begins it anew in another way; false when it is under way like this, or done. The organization's row is locked. */
  async begin(tx: Transaction, organization: OrganizationId, { mode, to }: OffboardingOrder, by: string): Promise<boolean> {
    const rows = await tx.query(
      `INSERT INTO organization_offboarding AS o (organization, mode, to_organization, state, requested_by, started_at, updated_at)
       SELECT $1, $2, $3, 'RUNNING', $4, now_, now_ FROM (SELECT clock_timestamp() AS now_) AS clock
       ON CONFLICT (organization) DO UPDATE SET mode = excluded.mode, to_organization = excluded.to_organization, state = 'RUNNING',
         requested_by = excluded.requested_by, updated_at = excluded.updated_at, position = '', refused = '[]'
         WHERE o.state = 'BLOCKED' OR (o.state = 'RUNNING' AND (o.mode, o.to_organization) IS DISTINCT FROM (excluded.mode, excluded.to_organization))
       RETURNING o.organization`,
      [organization, mode, to ?? null, by],
    );
    return rows.length > 0;
  }

  /**
   * Takes one that is to be worked on and that no other broker works on; the lock lasts for the step. Few rows exist. One that was done is taken again
   * when a registration that was under way at its end has left a twin behind.
   */
  async claim(tx: Transaction): Promise<Omit<Offboarding, 'remaining'> | undefined> {
    const [row] = await tx.query<Omit<Offboarding, 'remaining'>>(
      `SELECT ${COLUMNS} FROM organization_offboarding o
        WHERE o.state = 'RUNNING'
           OR (o.state = 'DONE' AND o.finished_at > clock_timestamp() - interval '1 hour' AND EXISTS (SELECT FROM twin t WHERE ${OWN_TWINS}))
        ORDER BY o.updated_at LIMIT 1 FOR UPDATE OF o SKIP LOCKED`,
    );
    return row;
  }

  /** Ids of the organization's twins beyond `after`; rides twin_owner_idx. */
  async twins(tx: Transaction, organization: OrganizationId, after: string, limit: number): Promise<TwinId[]> {
    const rows = await tx.query<{ id: TwinId }>(
      `SELECT id FROM twin WHERE owner = $1 AND registration = 'REGISTERED' AND id > $2 ORDER BY id LIMIT $3`,
      [organization, after, limit],
    );
    return rows.map(({ id }) => id);
  }

  /** Writes what a step did to one that is claimed. */
  async note(tx: Transaction, organization: OrganizationId, step: OffboardingStep): Promise<void> {
    await tx.query(
      `UPDATE organization_offboarding SET position = $2, deregistered = deregistered + $3, transferred = transferred + $4,
         dissolved = dissolved + $5, refused = $6::jsonb, state = $7, updated_at = clock_timestamp(),
         finished_at = CASE WHEN $7 = 'DONE' THEN clock_timestamp() END
       WHERE organization = $1`,
      [organization, step.position, step.deregistered, step.transferred, step.dissolved, JSON.stringify(step.refused), step.state],
    );
  }

  /** Ends the organization's sets and the consents it gave and was given; rides the primary keys and twin_set_member_set_idx. */
  async clear(tx: Transaction, organization: OrganizationId): Promise<void> {
    await tx.query('DELETE FROM twin_set_member WHERE organization = $1', [organization]);
    await tx.query('DELETE FROM twin_set WHERE organization = $1', [organization]);
    await tx.query('DELETE FROM twin_transfer_consent WHERE to_organization = $1 OR from_organization = $1', [organization]);
  }

  /** What the organization has in the registry and the dictionary. */
  async count(organization: OrganizationId): Promise<RegistryBelongings> {
    const [counts] = await this.database.query<RegistryBelongings>(
      `SELECT (SELECT count(*)::integer FROM twin WHERE owner = $1 AND registration = 'REGISTERED') AS twins,
              (SELECT count(*)::integer FROM twin_set WHERE organization = $1) AS sets,
              (SELECT count(*)::integer FROM vocabulary WHERE steward = $1) AS vocabularies,
              (SELECT count(*)::integer FROM shared_schema WHERE owner = $1) AS schemas,
              (SELECT count(*)::integer FROM twin_transfer WHERE state = 'OFFERED' AND (from_organization = $1 OR to_organization = $1)) AS offers`,
      [organization],
    );
    return counts ?? { twins: 0, sets: 0, vocabularies: 0, schemas: 0, offers: 0 };
  }
}
