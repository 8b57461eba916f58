import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from './database.js';

/** The epoch of logs and events, which every position shown to a caller carries: it changes when the database is restored from a backup. */
@Injectable()
export class LogEpoch implements OnModuleInit {
  private epoch = '';

  constructor(private readonly database: Database) {}

  /** The epoch, as text. */
  get value(): string {
    return this.epoch;
  }

  async onModuleInit(): Promise<void> {
    const [row] = await this.database.query<{ epoch: string }>('SELECT epoch FROM log_epoch');
    this.epoch = row?.epoch ?? '';
  }
}
