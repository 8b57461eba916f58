import { Module } from '@nestjs/common';
import { AdaptorModule } from '../adaptor/adaptor.module.js';
import { DatabaseModule } from '../database/database.module.js';
import { DictionaryModule } from '../dictionary/dictionary.module.js';
import { DiscoveryModule } from '../discovery/discovery.module.js';
import { RegistryModule } from '../registry/registry.module.js';
import { SecurityModule } from '../security/security.module.js';
import { ADAPTATION_CONTROLLERS, ADAPTATION_PROVIDERS, FEDERATION_ADAPTATION_CONTROLLERS } from './adaptation/adaptation.providers.js';
import { Replanner } from './adaptation/replanner.js';
import { ReceiverChecks } from './adaptation/receiver-checks.js';
import { PlanTrials } from './adaptation/plan-trials.service.js';
import { PlanVersions } from './adaptation/plan-versions.js';
import { CandidateSetController } from './candidates/candidate-set.controller.js';
import { CandidateSetRepository } from './candidates/candidate-set.repository.js';
import { CandidateSetService } from './candidates/candidate-set.service.js';
import { ConnectionController } from './connection.controller.js';
import { ConnectionDependents } from './connection-dependents.js';
import { ConnectionDirectory } from './connection-directory.js';
import { ConnectionExpiry } from './connection-expiry.js';
import { ConnectionRelease } from './connection-release.js';
import { ConnectionRepository } from './connection.repository.js';
import { ConnectionRequests } from './connection-requests.js';
import { ConnectionService } from './connection.service.js';
import { FederationController } from './federation.controller.js';
import { FederationGate } from './federation-gate.js';
import { FederationLifecycle } from './federation-lifecycle.js';
import { FederationLifecycleController } from './federation-lifecycle.controller.js';
import { FederationReactor } from './federation-reactor.js';
import { FederationRepository } from './federation.repository.js';
import { FederationService } from './federation.service.js';
import { FederationStatusService } from './federation-status.service.js';
import { MemberController } from './member.controller.js';
import { MemberRepository } from './member.repository.js';
import { MemberService } from './member.service.js';
import { MemberView } from './member-view.js';
import { PEER_NOTIFIER, PeerNotifierPort } from './peer-notifier.js';
import { Settlement } from './settlement.js';
import { StateWriter } from './state-writer.js';
import { TwinOwnershipFollower } from './twin-ownership-follower.js';
import { TwinWiresPort } from './twin-wires.js';
// The entities register themselves with TypeORM by being imported.
import './candidates/candidate-set.entity.js';

/**
 * FM, FSIM, FC and CSIM: federations, their members and connections. The composition root binds a notifier to {@link PeerNotifierPort}. The order of
 * the controllers is that of the OpenAPI document, whose examples are run in it.
 */
@Module({
  imports: [DatabaseModule, SecurityModule, DictionaryModule, RegistryModule, DiscoveryModule, AdaptorModule],
  controllers: [
    FederationController,
    MemberController,
    CandidateSetController,
    ...FEDERATION_ADAPTATION_CONTROLLERS,
    FederationLifecycleController,
    ConnectionController,
    ...ADAPTATION_CONTROLLERS,
  ],
  providers: [
    ...ADAPTATION_PROVIDERS,
    CandidateSetRepository,
    CandidateSetService,
    ConnectionDependents,
    ConnectionDirectory,
    ConnectionExpiry,
    ConnectionRelease,
    ConnectionRepository,
    ConnectionRequests,
    ConnectionService,
    FederationGate,
    FederationLifecycle,
    FederationReactor,
    FederationRepository,
    FederationService,
    FederationStatusService,
    MemberRepository,
    MemberService,
    MemberView,
    PeerNotifierPort,
    { provide: PEER_NOTIFIER, useExisting: PeerNotifierPort },
    Settlement,
    StateWriter,
    TwinOwnershipFollower,
    TwinWiresPort,
  ],
  exports: [
    ConnectionDirectory,
    ConnectionExpiry,
    ConnectionService,
    FederationLifecycle,
    FederationReactor,
    FederationService,
    FederationStatusService,
    MemberService,
    PeerNotifierPort,
    PlanVersions,
    PlanTrials,
    ReceiverChecks,
    Replanner,
    TwinWiresPort,
  ],
})
export class FederationModule {}
