import { Injectable } from '@nestjs/common';
import type { Transaction } from '../../database/unit-of-work.js';
import type { OrganizationId, TwinId } from '../../kernel/ids.js';
import { RENEW_MANY, SEE_MANY, SWEEP } from './lease.queries.js';
import type { LiveStatus } from '../registration-status.js';
import type { MovedTwin } from '../twin.repository.js';

/** A lease to be renewed; without terms, on those in force. */
export interface LeaseRenewal {
  readonly id: TwinId;
  readonly ttlSeconds?: number;
  readonly toleranceSeconds?: number;
}

/** What became of a renewal that did not simply keep an active twin active. */
export interface RenewalNews {
  readonly id: TwinId;
  /** Whether there is such a twin of the caller's. */
  readonly known: boolean;
  /** Null when it has no lease. */
  readonly previous: LiveStatus | null;
  readonly status: LiveStatus | null;
}

/** A twin whose contact was noted. */
export interface SeenTwin extends MovedTwin {
  readonly ttlSeconds: number | null;
}

/** Leases by the set. */
@Injectable()
export class LeaseRepository {
  /** Renews leases of the organization's twins, or of one twin of it alone; gives those that are not ACTIVE as before. */
  async renew(
    tx: Transaction,
    organization: OrganizationId,
    twin: TwinId | undefined,
    renewals: readonly LeaseRenewal[],
  ): Promise<RenewalNews[]> {
    return tx.query<RenewalNews>(RENEW_MANY, [
      renewals.map(({ id }) => id),
      renewals.map(({ ttlSeconds }) => ttlSeconds ?? null),
      renewals.map(({ toleranceSeconds }) => toleranceSeconds ?? null),
      organization,
      twin ?? null,
    ]);
  }

  /** Notes contacts; twins that are locked at the moment, or gone, are missing from the answer. */
  async see(tx: Transaction, twins: readonly TwinId[]): Promise<SeenTwin[]> {
    return tx.query<SeenTwin>(SEE_MANY, [twins]);
  }

  /** Looks at up to `limit` twins whose lease, or grace after it, may be over; those that did not move have the same status as before. */
  async sweep(tx: Transaction, limit: number): Promise<MovedTwin[]> {
    return tx.query<MovedTwin>(SWEEP, [limit]);
  }
}
