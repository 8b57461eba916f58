import { Module } from '@nestjs/common';
import { DatabaseModule } from '../database/database.module.js';
import { ExchangeModule } from '../exchange/exchange.module.js';
import { HealthController } from './health.controller.js';
import { MetricsController } from './metrics.controller.js';
import { Metrics } from './metrics.js';
import { ReadinessProbe } from './readiness.js';

/** What the broker shows to those who run it: health and measurements. The rest of the faces is set up by `setUpFaces`. */
@Module({
  imports: [DatabaseModule, ExchangeModule],
  controllers: [HealthController, MetricsController],
  providers: [Metrics, ReadinessProbe],
  exports: [Metrics],
})
export class FacesModule {}
