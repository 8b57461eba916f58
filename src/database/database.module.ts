import { Logger, Module } from '@nestjs/common';
import { Config } from '../config/config.js';
import { BackgroundTasks } from './background-task.js';
import { BrokerSignals } from './broker-signals.js';
import { Database } from './database.js';
import { DomainEvents } from './domain-events.js';
import { EventConsumers } from './event-consumers.js';
import { LogEpoch } from './log-epoch.js';
import { openConfiguredDatabase } from './open-configured-database.js';
import { SegmentKeeper } from './segment-keeper.js';
import { UnitOfWork } from './unit-of-work.js';

const SERVICES = [BackgroundTasks, BrokerSignals, SegmentKeeper, DomainEvents, UnitOfWork, EventConsumers, LogEpoch];

/** The database, opened and migrated by the configuration, and what is built on it. Whoever starts the program closes {@link Database} last. */
@Module({
  providers: [
    { provide: Database, inject: [Config], useFactory: (config: Config) => openConfiguredDatabase(config, new Logger(Database.name)) },
    ...SERVICES,
  ],
  exports: [Database, ...SERVICES],
})
export class DatabaseModule {}
