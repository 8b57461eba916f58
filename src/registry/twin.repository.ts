import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import type { Transaction } from '../database/unit-of-work.js';
import { SharedSchemaHold } from '../dictionary/shared-schema/shared-schema-hold.js';
import type { OrganizationId, TwinId } from '../kernel/ids.js';
import { changeAuthorOf } from './version/change-author.js';
import type { Principal } from '../security/principal.js';
import { PUT_LEASE, RESUME, SUSPEND } from './lease/lease.queries.js';
import type { LiveStatus } from './registration-status.js';
import { DELETE_SOURCE } from './import/twin-source.queries.js';
import { SearchIndex } from './search/search-index.js';
import { SqlConditions } from './sql-conditions.js';
import type { TwinSubmission } from './twin-submission.js';
import type { Lease, RunningMaintenance, Revision, TwinProfile, TwinRecord } from './twin.js';
import {
  DELETE_CIRCLES,
  DELETE_LEASE,
  ENTOMB_TWIN,
  INSERT_TWIN,
  LIVE_TWINS,
  LOCK_LEASE,
  LOCK_TWIN,
  REPLACE_TWIN,
  selectPage,
  TWIN_COLUMNS,
} from './twin.queries.js';
import { restrictToVisible } from './visibility.js';

/** A row of twin as it was locked, tombstones included. */
export interface LockedTwin extends Revision {
  readonly id: TwinId;
  readonly registration: 'REGISTERED' | 'DEREGISTERED';
  readonly owner: OrganizationId;
  readonly profile: TwinProfile;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Status and lease as stored. */
export interface LeaseState {
  readonly status: LiveStatus;
  readonly lease?: Lease;
  /** The tolerance that the lease was given, if any. */
  readonly ownToleranceSeconds?: number;
  /** Last contact of the twin itself or of its organization for it. */
  readonly lastSeenAt?: Date;
  readonly maintenance?: RunningMaintenance;
}

interface LeaseRow {
  status: LiveStatus;
  ttlSeconds: number | null;
  toleranceSeconds: number | null;
  ownToleranceSeconds: number | null;
  renewedAt: Date | null;
  expiresAt: Date | null;
  seenAt: Date | null;
  maintenanceSince: Date | null;
  maintenanceUntil: Date | null;
  maintenanceReason: string | null;
}

type TwinRow = Omit<LockedTwin, 'registration'> & LeaseRow;

/** Revision and times of a row that was just written. */
export type WrittenRevision = Pick<TwinRecord, 'incarnation' | 'version' | 'createdAt' | 'updatedAt'>;

/** A twin whose status the sweeper moved. */
export interface MovedTwin {
  readonly id: TwinId;
  readonly previous: LiveStatus;
  readonly status: LiveStatus;
}

/** Twins found for a page, in order of id, and whether there are more. */
export interface FoundTwins {
  readonly twins: TwinRecord[];
  readonly more: boolean;
}

/** A row's lease columns as a lease. */
export function leaseStateOf(row: LeaseRow): LeaseState {
  const { status, ttlSeconds, toleranceSeconds, renewedAt, expiresAt, seenAt, maintenanceSince: from, maintenanceUntil: to } = row;
  const hasNone = ttlSeconds === null || toleranceSeconds === null || renewedAt === null || expiresAt === null;
  return {
    status,
    ...(hasNone ? {} : { lease: { ttlSeconds, toleranceSeconds, renewedAt, expiresAt } }),
    ...(row.ownToleranceSeconds === null ? {} : { ownToleranceSeconds: row.ownToleranceSeconds }),
    ...(seenAt === null ? {} : { lastSeenAt: seenAt }),
    ...(from === null || to === null ? {} : { maintenance: { from, to, reason: row.maintenanceReason ?? undefined } }),
  };
}

function recordOf(row: TwinRow): TwinRecord {
  const { id, incarnation, version, owner, profile, createdAt, updatedAt } = row;
  return { id, incarnation, version, owner, profile, createdAt, updatedAt, ...leaseStateOf(row) };
}

function columnsOf(id: TwinId, owner: OrganizationId, { profile, bytes }: TwinSubmission, by: Principal): unknown[] {
  return [id, owner, profile.domain, profile.access, JSON.stringify(profile), bytes, JSON.stringify(changeAuthorOf(by))];
}

/** All persistence of registrations. */
@Injectable()
export class TwinRepository {
  constructor(
    private readonly database: Database,
    private readonly index: SearchIndex,
    private readonly sharedSchemas: SharedSchemaHold,
  ) {}

  /** The live twin, if the principal may see it. Rides twin_pkey and twin_lease_pkey. */
  async findVisible(principal: Principal, id: TwinId, tx?: Transaction): Promise<TwinRecord | undefined> {
    const where = new SqlConditions();
    where.and(`t.id = ${where.bind(id)}`).and(`t.registration = 'REGISTERED'`);
    restrictToVisible(where, principal, 'one');
    const [row] = await (tx ?? this.database).query<TwinRow>(
      `SELECT ${TWIN_COLUMNS} FROM ${LIVE_TWINS} WHERE ${where.sql}`,
      where.parameters,
    );
    return row && recordOf(row);
  }

  /** The live twin, whoever asks. Rides twin_pkey and twin_lease_pkey. */
  async find(id: TwinId): Promise<TwinRecord | undefined> {
    const [row] = await this.database.query<TwinRow>(
      `SELECT ${TWIN_COLUMNS} FROM ${LIVE_TWINS} WHERE t.id = $1 AND t.registration = 'REGISTERED'`,
      [id],
    );
    return row && recordOf(row);
  }

  /** Up to `limit` twins that meet the conditions, in order of id; fewer when they are very large. */
  async page(where: SqlConditions, limit: number, tx?: Transaction): Promise<FoundTwins> {
    const sql = selectPage(where.sql, where.bind(limit + 1));
    const rows = await (tx ?? this.database).query<TwinRow & { found: number }>(sql, where.parameters);
    return { twins: rows.slice(0, limit).map(recordOf), more: (rows[0]?.found ?? 0) > Math.min(rows.length, limit) };
  }

  /** Locks the id until the transaction ends; undefined when it was never registered. */
  async lock(tx: Transaction, id: TwinId): Promise<LockedTwin | undefined> {
    const [row] = await tx.query<LockedTwin>(LOCK_TWIN, [id]);
    return row;
  }

  /** Locks status and lease of a live twin. */
  async lockLease(tx: Transaction, id: TwinId): Promise<LeaseState | undefined> {
    const [row] = await tx.query<LeaseRow>(LOCK_LEASE, [id]);
    return row && leaseStateOf(row);
  }

  /** Stores the first registration of an id; undefined when somebody else was faster. @throws DomainError as {@link SharedSchemaHold.hold} */
  async insert(
    tx: Transaction,
    id: TwinId,
    owner: OrganizationId,
    submission: TwinSubmission,
    by: Principal,
  ): Promise<WrittenRevision | undefined> {
    await this.sharedSchemas.hold(tx, submission.sharedSchemas);
    const [row] = await tx.query<WrittenRevision>(INSERT_TWIN, columnsOf(id, owner, submission, by));
    if (row) await this.index.put(tx, [{ id, owner, profile: submission.profile, updatedAt: row.updatedAt }]);
    return row;
  }

  /** Stores the next version of a locked twin, or the first of its next incarnation, and keeps the one before. @throws DomainError as {@link SharedSchemaHold.hold} */
  async replace(tx: Transaction, twin: LockedTwin, submission: TwinSubmission, by: Principal): Promise<WrittenRevision> {
    await this.sharedSchemas.hold(tx, submission.sharedSchemas);
    const newIncarnation = twin.registration === 'DEREGISTERED';
    const [row] = await tx.query<WrittenRevision>(REPLACE_TWIN, [...columnsOf(twin.id, twin.owner, submission, by), newIncarnation]);
    if (row === undefined) throw new Error(`The locked twin ${twin.id} is gone.`);
    await this.index.put(tx, [{ id: twin.id, owner: twin.owner, profile: submission.profile, updatedAt: row.updatedAt }]);
    return row;
  }

  /** Begins or renews a lease of `ttlSeconds`, or ends it; without a tolerance of its own it has the usual one. */
  async putLease(tx: Transaction, id: TwinId, ttlSeconds: number | undefined, toleranceSeconds?: number): Promise<LeaseState> {
    const [row] = await tx.query<LeaseRow>(PUT_LEASE, [id, ttlSeconds ?? null, toleranceSeconds ?? null]);
    if (row === undefined) throw new Error(`The lease of ${id} was not stored.`);
    return leaseStateOf(row);
  }

  /** Suspends a twin whose lease row is locked, or ends its suspension. */
  async setSuspended(tx: Transaction, id: TwinId, suspended: boolean): Promise<LeaseState> {
    const [row] = await tx.query<LeaseRow>(suspended ? SUSPEND : RESUME, [id]);
    if (row === undefined) throw new Error(`The locked lease of ${id} is gone.`);
    return leaseStateOf(row);
  }

  /** Leaves the tombstone of a locked twin, keeping its last version; gives the circles it was in. */
  async entomb(tx: Transaction, id: TwinId, by: Principal): Promise<string[]> {
    await tx.query(ENTOMB_TWIN, [id, JSON.stringify(changeAuthorOf(by))]);
    await this.index.remove(tx, id);
    await tx.query(DELETE_LEASE, [id]);
    await tx.query(DELETE_SOURCE, [id]);
    return (await tx.query<{ circle: string }>(DELETE_CIRCLES, [id])).map(({ circle }) => circle);
  }
}
