import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { BackgroundTasks } from '../database/background-task.js';
import { type Transaction, UnitOfWork } from '../database/unit-of-work.js';
import { Audit, BROKER } from '../security/audit.js';
import { ConnectionRepository } from './connection.repository.js';
import { StateWriter } from './state-writer.js';

const SWEEP_MS = 15_000;
const BATCH = 500;

/** Ends connection requests that nobody answered in time. Any number of brokers may run it side by side. */
@Injectable()
export class ConnectionExpiry implements OnApplicationBootstrap {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly connections: ConnectionRepository,
    private readonly states: StateWriter,
    private readonly audit: Audit,
    private readonly tasks: BackgroundTasks,
  ) {}

  onApplicationBootstrap(): void {
    this.tasks.every(SWEEP_MS, 'connection requests', async () => {
      await this.sweep();
    });
  }

  /** Ends what is due and gives how many there were. */
  async sweep(): Promise<number> {
    for (let total = 0; ;) {
      const ended = await this.uow.run((tx) => this.endBatch(tx));
      total += ended;
      if (ended < BATCH) return total;
    }
  }

  private async endBatch(tx: Transaction): Promise<number> {
    const expired = await this.connections.expireDue(tx, BATCH);
    for (const request of expired) {
      this.states.recordConnection(tx, request, 'EXPIRED', request.previous);
      this.audit.record(tx, { principal: BROKER, action: 'connection.expire', subject: request.id });
    }
    return expired.length;
  }
}
