import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { BackgroundTasks } from '../../database/background-task.js';
import { UnitOfWork } from '../../database/unit-of-work.js';
import { LeaseRepository } from './lease.repository.js';
import { MaintenanceSweeper } from '../maintenance/maintenance-sweeper.js';
import { TwinChanges } from '../twin-changes.js';

/** How late a status may be: the pause between two sweeps. */
const SWEEP_MS = 1_000;
/** Rows per transaction: what a renewal may have to wait for. */
const BATCH = 500;
/** Between two batches the sweeper rests half as long as the batch took, so that a wave of lapses leaves queries their share of the machine. */
const REST_SHARE = 0.5;

/**
 * Moves registrations whose lease ran out, by the database's clock: ACTIVE to STALE when it is missed, STALE to EXPIRED after the grace time. Each
 * batch commits with its news. Any number of brokers sweep at once: what one holds, the others skip.
 */
@Injectable()
export class LeaseSweeper implements OnModuleInit {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly leases: LeaseRepository,
    private readonly changes: TwinChanges,
    private readonly maintenance: MaintenanceSweeper,
    private readonly tasks: BackgroundTasks,
  ) {}

  onModuleInit(): void {
    this.tasks.every(SWEEP_MS, 'lease sweep', async () => {
      await this.sweep();
    });
  }

  /** Begins and ends what maintenance is due, then sweeps until no lease is; gives the number of rows looked at. */
  async sweep(): Promise<number> {
    await this.maintenance.sweep();
    for (let looked = 0; ;) {
      const started = performance.now();
      const size = await this.sweepBatch();
      looked += size;
      // A lease missed long ago is due again at once, to expire.
      if (size === 0) return looked;
      await delay((performance.now() - started) * REST_SHARE);
    }
  }

  private async sweepBatch(): Promise<number> {
    return this.uow.run(async (tx) => {
      const batch = await this.leases.sweep(tx, BATCH);
      for (const { id, previous, status } of batch) this.changes.tellStatus(tx, id, previous, status);
      return batch.length;
    });
  }
}
