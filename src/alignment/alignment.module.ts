import { Module } from '@nestjs/common';
import { DatabaseModule } from '../database/database.module.js';
import { DictionaryModule } from '../dictionary/dictionary.module.js';
import { ExchangeModule } from '../exchange/exchange.module.js';
import { FederationModule } from '../federation/federation.module.js';
import { RegistryModule } from '../registry/registry.module.js';
import { SecurityModule } from '../security/security.module.js';
import { SurroundingsService } from './member/surroundings.service.js';
import { ValueAdaptation } from './member/value-adaptation.js';
import { Checkpoints } from './run/checkpoints.js';
import { ViewLeases } from './run/view-leases.js';
import { ViewPass } from './run/view-pass.js';
import { ViewRunner } from './run/view-runner.js';
import { ViewTimes } from './run/view-times.js';
import { SlotsService } from './slot/slots.service.js';
import { DefinitionReader } from './view/definition-reader.js';
import { HostFeature } from './view/host-feature.js';
import { ViewController } from './view/view.controller.js';
import { ViewGate } from './view/view-gate.js';
import { ViewRepository } from './view/view.repository.js';
import { ViewService } from './view/view.service.js';
import { ViewStatusService } from './view/view-status.service.js';

/** Alignment (Y.4224): views join data of several twins into one time slot and one unit system. */
@Module({
  imports: [DatabaseModule, SecurityModule, DictionaryModule, RegistryModule, FederationModule, ExchangeModule],
  controllers: [ViewController],
  providers: [
    Checkpoints,
    DefinitionReader,
    HostFeature,
    SlotsService,
    SurroundingsService,
    ValueAdaptation,
    ViewGate,
    ViewLeases,
    ViewPass,
    ViewRepository,
    ViewRunner,
    ViewService,
    ViewStatusService,
    ViewTimes,
  ],
})
export class AlignmentModule {}
