import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { Transaction } from '../../database/unit-of-work.js';
import type { OrganizationId, TwinId } from '../../kernel/ids.js';
import {
  DELETE_SET,
  FIND_SET,
  FORGET_MEMBERS,
  JOIN_SET,
  LEAVE_SET,
  LIST_MEMBERS,
  LIST_SETS,
  LOCK_KNOWN_SET,
  LOCK_SET,
  LOCK_TWINS,
  MEMBERS,
  NOTE_APPLIED,
  STANDINGS,
} from './twin-set.queries.js';

/** A set and what is known of its last application; null before the first. */
export interface TwinSet {
  readonly name: string;
  readonly digest: string | null;
  /** How many twins it has. */
  readonly twins: number;
  readonly createdAt: Date;
  readonly appliedAt: Date | null;
  /** The subject of the principal. */
  readonly appliedBy: string | null;
  /** When an application last changed anything. */
  readonly changedAt: Date | null;
}

/** A twin of a set. */
export interface SetMember {
  readonly id: TwinId;
  readonly name: string;
  readonly version: number;
  readonly since: Date;
}

/** Where a registered twin stands before an application. */
export interface Standing {
  readonly id: TwinId;
  readonly owner: OrganizationId;
  readonly incarnation: number;
  readonly version: number;
  /** The set it is in; null when it was registered by hand. */
  readonly set: string | null;
}

/** Persistence of sets and of what twins are in them. */
@Injectable()
export class TwinSetRepository {
  constructor(private readonly database: Database) {}

  /** Makes the set, if need be, and holds it until the transaction ends. */
  async lock(tx: Transaction, organization: OrganizationId, name: string): Promise<void> {
    await tx.query(LOCK_SET, [organization, name]);
  }

  /** Holds a set that is there; false when there is none. */
  async lockKnown(tx: Transaction, organization: OrganizationId, name: string): Promise<boolean> {
    return (await tx.query(LOCK_KNOWN_SET, [organization, name])).length > 0;
  }

  async members(tx: Transaction, organization: OrganizationId, name: string): Promise<TwinId[]> {
    return (await tx.query<{ id: TwinId }>(MEMBERS, [organization, name])).map(({ id }) => id);
  }

  /** Locks the twins, by id, and tells where the registered ones stand. */
  async lockTwins(tx: Transaction, ids: readonly TwinId[]): Promise<Map<TwinId, Standing>> {
    await tx.query(LOCK_TWINS, [ids]);
    const rows = await tx.query<Standing>(STANDINGS, [ids]);
    return new Map(rows.map((row) => [row.id, row]));
  }

  async join(tx: Transaction, organization: OrganizationId, name: string, ids: readonly TwinId[]): Promise<void> {
    if (ids.length > 0) await tx.query(JOIN_SET, [organization, name, ids]);
  }

  async leave(tx: Transaction, ids: readonly TwinId[]): Promise<void> {
    if (ids.length > 0) await tx.query(LEAVE_SET, [ids]);
  }

  async noteApplied(
    tx: Transaction,
    organization: OrganizationId,
    name: string,
    applied: { digest: string; by: string; changed: boolean },
  ): Promise<void> {
    await tx.query(NOTE_APPLIED, [organization, name, applied.digest, applied.by, applied.changed]);
  }

  async find(organization: OrganizationId, name: string): Promise<TwinSet | undefined> {
    return (await this.database.query<TwinSet>(FIND_SET, [organization, name]))[0];
  }

  /** Up to `limit` sets by name, beyond `after`. */
  async list(organization: OrganizationId, after: string, limit: number): Promise<TwinSet[]> {
    return this.database.query<TwinSet>(LIST_SETS, [organization, after, limit]);
  }

  /** Up to `limit` members by id, beyond `after`. */
  async listMembers(organization: OrganizationId, name: string, after: string, limit: number): Promise<SetMember[]> {
    return this.database.query<SetMember>(LIST_MEMBERS, [organization, name, after, limit]);
  }

  /** Ends a set that is held; its twins stay. */
  async delete(tx: Transaction, organization: OrganizationId, name: string): Promise<void> {
    await tx.query(FORGET_MEMBERS, [organization, name]);
    await tx.query(DELETE_SET, [organization, name]);
  }
}
