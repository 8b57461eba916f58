import { Injectable } from '@nestjs/common';
import { UnitOfWork } from '../../database/unit-of-work.js';
import { MaintenanceRepository } from './maintenance.repository.js';
import { changeOf, tellMaintenance } from './maintenance-news.js';

const BATCH = 500;

/** Begins and ends maintenance windows by the database's clock. Any number of brokers do so; each beginning and end is told once. */
@Injectable()
export class MaintenanceSweeper {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly windows: MaintenanceRepository,
  ) {}

  /** Turns whatever is due. */
  async sweep(): Promise<void> {
    for (let size = BATCH; size === BATCH;) {
      size = await this.uow.run(async (tx) => {
        const turns = await this.windows.turnDue(tx, BATCH);
        for (const turn of turns) {
          const change = changeOf(turn);
          if (change !== undefined) tellMaintenance(tx, turn, change);
        }
        return turns.length;
      });
    }
  }
}
