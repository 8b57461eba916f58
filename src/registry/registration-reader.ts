import { Injectable } from '@nestjs/common';
import type { Transaction } from '../database/unit-of-work.js';
import type { TwinId } from '../kernel/ids.js';
import type { LiveStatus } from './registration-status.js';
import type { FeatureNeed, FeatureSpec } from './twin.js';

/** A live registration, as read within a transaction. */
export interface Registration {
  readonly status: LiveStatus;
  /** Counts the registrations of the id: a twin that was deregistered and came back is another one. */
  readonly incarnation: number;
  /** Somebody who would know says that the twin is away. */
  readonly isAway: boolean;
}

/** The registration of every twin asked for that is registered; the others are not, or no longer. */
export type Registrations = ReadonlyMap<TwinId, Registration>;

/** A twin as it stands while a transaction keeps it from changing. */
export interface HeldTwin {
  readonly id: TwinId;
  readonly features: readonly FeatureSpec[];
  readonly needs: readonly FeatureNeed[];
}

/** Reads present registrations inside a transaction: the cached directory may lag behind. */
@Injectable()
export class RegistrationReader {
  /** Rides twin_pkey, twin_lease_pkey and twin_absence_pkey; takes no lock. */
  async read(tx: Transaction, twins: readonly TwinId[]): Promise<Registrations> {
    if (twins.length === 0) return new Map();
    const rows = await tx.query<Registration & { id: TwinId }>(
      `SELECT t.id, t.incarnation, l.status, EXISTS (SELECT FROM twin_absence a WHERE a.twin_id = t.id) AS "isAway" FROM twin t JOIN twin_lease l ON l.twin_id = t.id
        WHERE t.id = ANY ($1::text[]) AND t.registration = 'REGISTERED'`,
      [twins],
    );
    return new Map(rows.map(({ id, ...registration }) => [id, registration]));
  }

  /**
   * Keeps these twins from being changed or deregistered until the transaction ends, in order of id, and gives their features and needs as they are now.
   * Rides twin_pkey; shares the lock with others who hold them.
   */
  async hold(tx: Transaction, twins: readonly TwinId[]): Promise<ReadonlyMap<TwinId, HeldTwin>> {
    const rows = await tx.query<HeldTwin>(
      `SELECT id, profile -> 'features' AS features, coalesce(profile -> 'needs', '[]'::jsonb) AS needs
         FROM twin WHERE id = ANY ($1::text[]) AND registration = 'REGISTERED' ORDER BY id FOR SHARE`,
      [twins],
    );
    return new Map(rows.map((row) => [row.id, row]));
  }
}
