import { Injectable } from '@nestjs/common';
import type { Transaction } from '../../database/unit-of-work.js';
import type { OrganizationId, TwinId } from '../../kernel/ids.js';
import type { Principal } from '../../security/principal.js';

/** A twin that changes hands. */
export interface Handover {
  readonly twin: TwinId;
  readonly from: OrganizationId;
  readonly to: OrganizationId;
}

/** What an organization that leaves still has, as a follower counts it. */
export type Belongings = Readonly<Record<string, number>>;

/** Keeps who owns a twin beside the registry and must change it together with the twin; lives in a module that imports this one. */
export interface OwnershipFollower {
  /** Writes the new owner, in the transaction that hands the twin over; its row is locked. */
  handOver(tx: Transaction, handover: Handover): Promise<void>;
  /** What would be touched if the organization left. */
  belongings(organization: OrganizationId): Promise<Belongings>;
  /** Ends up to `limit` things that the organization leads, before its twins go; how many it ended. 0: nothing is left. */
  release(tx: Transaction, principal: Principal, organization: OrganizationId, limit: number): Promise<number>;
}

/** Where followers make themselves known; modules above the registry are not known to it. */
@Injectable()
export class OwnershipFollowers {
  private readonly followers: OwnershipFollower[] = [];

  add(follower: OwnershipFollower): void {
    this.followers.push(follower);
  }

  get all(): readonly OwnershipFollower[] {
    return this.followers;
  }
}
