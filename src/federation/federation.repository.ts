import { Injectable } from '@nestjs/common';
import type { SelectQueryBuilder } from 'typeorm';
import { Database } from '../database/database.js';
import type { Transaction } from '../database/unit-of-work.js';
import type { FederationId, OrganizationId, TwinId } from '../kernel/ids.js';
import { organizationOf, type Principal } from '../security/principal.js';
import { Federation, type FederationAccess, type SuspendedBy } from './federation.entity.js';
import {
  CREATE_FEDERATION,
  FORGET_CANDIDATES,
  FORGET_IDENTIFIERS,
  FORGET_MEMBERS,
  pageOfFederations,
  VISIBLE_FEDERATION,
} from './federation.queries.js';
import type { FederationState } from './federation-state.js';

/** What people say of a federation: its versioned part. */
export interface FederationProfile {
  readonly name: string | null;
  readonly purpose: string;
  readonly access: FederationAccess;
}

/** A federation about to be created. */
export interface FederationDraft extends FederationProfile {
  readonly id: FederationId;
  readonly initiator: TwinId;
  readonly initiatorOrganization: OrganizationId;
}

/** What a list of federations is narrowed to. */
export interface FederationFilter {
  readonly state?: FederationState;
  readonly initiator?: TwinId;
  /** A twin that is JOINED, INVITED or REQUESTED. */
  readonly member?: TwinId;
}

/** Persistence of federations. */
@Injectable()
export class FederationRepository {
  constructor(private readonly database: Database) {}

  /** Creates it, or a new incarnation after its dissolution; undefined when the id is in use or was another organization's. */
  async create(tx: Transaction, draft: FederationDraft): Promise<Federation | undefined> {
    const { id, name, purpose, initiator, initiatorOrganization, access } = draft;
    const [made] = await tx.query<{ incarnation: number }>(CREATE_FEDERATION, [
      id,
      name,
      purpose,
      initiator,
      initiatorOrganization,
      access,
    ]);
    if (made === undefined) return undefined;
    if (made.incarnation > 1) {
      for (const forget of [FORGET_MEMBERS, ...FORGET_CANDIDATES, FORGET_IDENTIFIERS]) await tx.query(forget, [id]);
    }
    return tx.manager.findOneByOrFail(Federation, { id });
  }

  /** The federation, if the principal may see it. */
  async findVisible(principal: Principal, id: FederationId, tx?: Transaction): Promise<Federation | undefined> {
    return (await this.visible(principal, id, tx).getOne()) ?? undefined;
  }

  /** The same, holding its row lock, under which everything in a federation changes. */
  async lockVisible(tx: Transaction, principal: Principal, id: FederationId): Promise<Federation | undefined> {
    return (await this.visible(principal, id, tx).setLock('pessimistic_write').getOne()) ?? undefined;
  }

  /** The federation, whoever asks. */
  async find(id: FederationId, tx?: Transaction): Promise<Federation | undefined> {
    return (await (tx?.manager ?? this.database.dataSource.manager).findOneBy(Federation, { id })) ?? undefined;
  }

  /** Locks the federation's row; everything in a federation changes under it. */
  async lock(tx: Transaction, id: FederationId): Promise<Federation | undefined> {
    return (await tx.manager.findOne(Federation, { where: { id }, lock: { mode: 'pessimistic_write' } })) ?? undefined;
  }

  /** The federation as this transaction sees it. */
  async read(tx: Transaction, id: FederationId): Promise<Federation> {
    return tx.manager.findOneByOrFail(Federation, { id });
  }

  /** Stores another profile as the next version. The caller holds the lock. */
  async saveProfile(tx: Transaction, federation: Federation, profile: FederationProfile): Promise<Federation> {
    const { id, version } = federation;
    await tx.manager.update(Federation, { id }, { ...profile, version: version + 1, updatedAt: () => 'clock_timestamp()' });
    return tx.manager.findOneByOrFail(Federation, { id });
  }

  /** Notes that its identifiers have changed. The caller holds the lock. */
  async countIdentifierChange(tx: Transaction, id: FederationId): Promise<Federation> {
    await tx.manager.increment(Federation, { id }, 'identifiersVersion', 1);
    return tx.manager.findOneByOrFail(Federation, { id });
  }

  /** Makes another member the initiator. The caller holds the lock. */
  async saveInitiator(tx: Transaction, id: FederationId, initiator: TwinId, organization: OrganizationId): Promise<Federation> {
    await tx.manager.update(Federation, { id }, { initiator, initiatorOrganization: organization });
    return tx.manager.findOneByOrFail(Federation, { id });
  }

  /** Up to `limit` federations that the principal may see, by id, beyond `after`. */
  list(principal: Principal, filter: FederationFilter, after: string, limit: number): Promise<Federation[]> {
    const organization = organizationOf(principal);
    const given = { state: filter.state !== undefined, initiator: filter.initiator !== undefined, member: filter.member !== undefined };
    return this.database.dataSource.manager
      .createQueryBuilder(Federation, 'f')
      .where(`f.id IN (${pageOfFederations(organization === undefined, given)})`, { ...filter, organization, after, limit })
      .orderBy('f.id')
      .limit(limit)
      .getMany();
  }

  /** Notes who suspends it by now. The caller holds the lock. */
  async saveSuspendedBy(tx: Transaction, id: FederationId, suspendedBy: SuspendedBy): Promise<Federation> {
    await tx.manager.update(Federation, { id }, { suspendedBy });
    return tx.manager.findOneByOrFail(Federation, { id });
  }

  /** Ids of open federations in which the twin is JOINED, INVITED or REQUESTED; rides federation_member_by_twin. */
  async idsOfTwins(twins: readonly TwinId[]): Promise<FederationId[]> {
    const rows = await this.database.query<{ id: FederationId }>(
      `SELECT DISTINCT f.id FROM federation_member m JOIN federation f ON f.id = m.federation_id
        WHERE m.twin = ANY ($1::text[]) AND m.state IN ('INVITED', 'REQUESTED', 'JOINED') AND f.state NOT IN ('DISSOLVING', 'DISSOLVED') ORDER BY f.id`,
      [twins],
    );
    return rows.map((row) => row.id);
  }

  /** Up to `limit` ids of open federations beyond `after`, by federation_pkey. */
  async idsOfOpen(after: string, limit: number): Promise<FederationId[]> {
    const rows = await this.database.query<{ id: FederationId }>(
      `SELECT id FROM federation WHERE id > $1 AND state NOT IN ('DISSOLVING', 'DISSOLVED') ORDER BY id LIMIT $2`,
      [after, limit],
    );
    return rows.map((row) => row.id);
  }

  private visible(principal: Principal, id: FederationId, tx?: Transaction): SelectQueryBuilder<Federation> {
    const query = (tx?.manager ?? this.database.dataSource.manager).createQueryBuilder(Federation, 'f').where('f.id = :id', { id });
    const organization = organizationOf(principal);
    return organization === undefined ? query : query.andWhere(VISIBLE_FEDERATION, { organization });
  }
}
