import { Module } from '@nestjs/common';
import { DatabaseModule } from '../database/database.module.js';
import { DictionaryModule } from '../dictionary/dictionary.module.js';
import { SecurityModule } from '../security/security.module.js';
import { LeaseSweeper } from './lease-sweeper.js';
import { RegisteredOwnership } from './registered-ownership.js';
import { RegistrationReader } from './registration-reader.js';
import { TwinBatchService } from './twin-batch.service.js';
import { TwinChanges } from './twin-changes.js';
import { TwinCircles } from './twin-circles.js';
import { TwinController } from './twin.controller.js';
import { TwinDirectory } from './twin-directory.js';
import { TwinReader } from './twin-reader.js';
import { TwinRepository } from './twin.repository.js';
import { TwinService } from './twin.service.js';
import { TwinStatusController } from './twin-status.controller.js';
import { TwinStatusService } from './twin-status.service.js';
import { TwinSubmissions } from './twin-submission.js';
// The entities register themselves with TypeORM by being imported.
import './twin.entity.js';
import './twin-circle.entity.js';
import './twin-lease.entity.js';
import './twin-version.entity.js';

/** DTR-FE: twins, their features, leases and versions, and who may see them. */
@Module({
  imports: [DatabaseModule, SecurityModule, DictionaryModule],
  controllers: [TwinController, TwinStatusController],
  providers: [
    LeaseSweeper,
    RegisteredOwnership,
    RegistrationReader,
    TwinBatchService,
    TwinChanges,
    TwinCircles,
    TwinDirectory,
    TwinReader,
    TwinRepository,
    TwinService,
    TwinStatusService,
    TwinSubmissions,
  ],
  exports: [LeaseSweeper, RegisteredOwnership, RegistrationReader, TwinCircles, TwinDirectory, TwinReader, TwinService],
})
export class RegistryModule {}
