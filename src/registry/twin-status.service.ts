import { Injectable } from '@nestjs/common';
import { type Transaction, UnitOfWork } from '../database/unit-of-work.js';
import type { TwinId } from '../kernel/ids.js';
import { DomainError } from '../problems/domain-error.js';
import { Audit } from '../security/audit.js';
import type { Principal } from '../security/principal.js';
import { targetsOf } from './registration-status.js';
import { TwinChanges } from './twin-changes.js';
import { TwinRepository } from './twin.repository.js';
import type { TwinRecord } from './twin.js';

/** What an operator may do to a registration: hold it back and let it go. Neither makes a new version. */
@Injectable()
export class TwinStatusService {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly twins: TwinRepository,
    private readonly changes: TwinChanges,
    private readonly audit: Audit,
  ) {}

  /**
   * Suspends the twin; its lease runs on. Suspending it again changes nothing.
   * @throws DomainError `forbidden`, `not-found`
   */
  async suspend(principal: Principal, id: TwinId, tx?: Transaction): Promise<TwinRecord> {
    return this.move(principal, id, 'suspend', tx);
  }

  /**
   * Ends the suspension; the twin is ACTIVE, STALE or EXPIRED, as its lease stands by then. Without a suspension, nothing changes.
   * @throws DomainError `forbidden`, `not-found`
   */
  async resume(principal: Principal, id: TwinId, tx?: Transaction): Promise<TwinRecord> {
    return this.move(principal, id, 'resume', tx);
  }

  private async move(principal: Principal, id: TwinId, move: 'suspend' | 'resume', tx?: Transaction): Promise<TwinRecord> {
    if (principal.kind !== 'operator') throw new DomainError('forbidden', 'Only an operator suspends and resumes twins.');
    return this.uow.join(tx, async (within) => {
      const current = await this.twins.lockLease(within, id);
      if (current && targetsOf(current.status, move).length > 0) {
        const { status } = await this.twins.setSuspended(within, id, move === 'suspend');
        this.changes.tellStatus(within, id, current.status, status);
        this.audit.record(within, { principal, action: `twin.${move}`, subject: id, detail: { previous: current.status, status } });
      }
      const twin = await this.twins.findVisible(principal, id, within);
      if (!twin) throw new DomainError('not-found', `There is no twin ${id}.`);
      return twin;
    });
  }
}
