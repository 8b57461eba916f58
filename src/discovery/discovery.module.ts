import { Module } from '@nestjs/common';
import { DatabaseModule } from '../database/database.module.js';
import { RegistryModule } from '../registry/registry.module.js';
import { DiscoveryController } from './discovery.controller.js';
import { DiscoveryService } from './discovery.service.js';

/** DTD-FE: the read side over the registry. */
@Module({
  imports: [DatabaseModule, RegistryModule],
  controllers: [DiscoveryController],
  providers: [DiscoveryService],
  exports: [DiscoveryService],
})
export class DiscoveryModule {}
