import { Module } from '@nestjs/common';
import { AdaptorModule } from './adaptor/adaptor.module.js';
import { AlignmentModule } from './alignment/alignment.module.js';
import { DatabaseModule } from './database/database.module.js';
import { DictionaryModule } from './dictionary/dictionary.module.js';
import { DiscoveryModule } from './discovery/discovery.module.js';
import { ExchangeModule } from './exchange/exchange.module.js';
import { InboxProbe } from './exchange/inbox/inbox-probe.js';
import { FacesModule } from './faces/faces.module.js';
import { FederationModule } from './federation/federation.module.js';
import { ReadinessModule } from './registry/readiness/readiness.module.js';
import { RegisteredOwnership } from './registry/registered-ownership.js';
import { OffboardingModule } from './registry/offboarding/offboarding.module.js';
import { RegistryModule } from './registry/registry.module.js';
import { SecurityModule } from './security/security.module.js';
import { TwinCredentialModule } from './security/twin-credential.module.js';

/** The composition root: a module per component of Y.4489, and the ports bound that lead upward. */
@Module({
  imports: [
    DatabaseModule,
    SecurityModule,
    DictionaryModule,
    RegistryModule,
    OffboardingModule,
    DiscoveryModule,
    AdaptorModule,
    FederationModule,
    ExchangeModule,
    AlignmentModule,
    TwinCredentialModule.with(RegisteredOwnership, [RegistryModule]),
    ReadinessModule.with(InboxProbe, [ExchangeModule]),
    FacesModule,
  ],
})
export class AppModule {}
