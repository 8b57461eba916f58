import { Injectable, type OnModuleInit } from '@nestjs/common';
import { BackgroundTasks } from '../database/background-task.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { TwinChanges } from './twin-changes.js';
import { TwinRepository } from './twin.repository.js';

/** How late a status may be: the pause between two sweeps. */
const SWEEP_MS = 1_000;
const BATCH = 500;

/**
 * Moves registrations whose lease ran out, by the database's clock: ACTIVE to STALE when it is missed, STALE to EXPIRED after the grace time. Each
 * batch commits with its news. Any number of brokers sweep at once: what one holds, the others skip.
 */
@Injectable()
export class LeaseSweeper implements OnModuleInit {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly twins: TwinRepository,
    private readonly changes: TwinChanges,
    private readonly tasks: BackgroundTasks,
  ) {}

  onModuleInit(): void {
    this.tasks.every(SWEEP_MS, 'lease sweep', async () => {
      await this.sweep();
    });
  }

  /** Sweeps until nothing is due; gives the number of moves. */
  async sweep(): Promise<number> {
    let moves = 0;
    for (;;) {
      const moved = await this.uow.run(async (tx) => {
        const batch = await this.twins.sweepLeases(tx, BATCH);
        for (const { id, previous, status } of batch) this.changes.tellStatus(tx, id, previous, status);
        return batch.length;
      });
      moves += moved;
      if (moved === 0) return moves;
    }
  }
}
