import { Module } from '@nestjs/common';
import { DatabaseModule } from '../../database/database.module.js';
import { SecurityModule } from '../../security/security.module.js';
import { RegistryModule } from '../registry.module.js';
import { OffboardingController } from './offboarding.controller.js';
import { OffboardingRepository } from './offboarding.repository.js';
import { OffboardingService } from './offboarding.service.js';
import { OffboardingWorker } from './offboarding-worker.js';

/** Organizations that leave. Apart from the registry itself, because it needs more of identity than the registry does. */
@Module({
  imports: [DatabaseModule, SecurityModule, RegistryModule],
  controllers: [OffboardingController],
  providers: [OffboardingRepository, OffboardingService, OffboardingWorker],
})
export class OffboardingModule {}
