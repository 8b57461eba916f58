import { Module } from '@nestjs/common';
import { DatabaseModule } from '../database/database.module.js';
import { DictionaryModule } from '../dictionary/dictionary.module.js';
import { SecurityModule } from '../security/security.module.js';
import { ApplyService } from './apply/apply.service.js';
import { TwinSetController } from './apply/twin-set.controller.js';
import { TwinSetRepository } from './apply/twin-set.repository.js';
import { TwinSetService } from './apply/twin-set.service.js';
import { BulkController } from './bulk/bulk.controller.js';
import { BulkGate } from './bulk/bulk-gate.js';
import { BulkLoadService } from './bulk/bulk-load.service.js';
import { BulkProgress } from './bulk/bulk-progress.js';
import { BulkWriter } from './bulk/bulk-writer.js';
import { KnownFeatures } from './bulk/known-features.js';
import { TwinExportService } from './bulk/twin-export.service.js';
import { TwinCompositions } from './composition/twin-compositions.js';
import { ReaderCircles } from './feed/reader-circles.js';
import { RegistryEventsController } from './feed/registry-events.controller.js';
import { RegistryFeed } from './feed/registry-feed.js';
import { ImportController } from './import/import.controller.js';
import { ImportService } from './import/import.service.js';
import { ImportedMeanings } from './import/imported-meanings.js';
import { ImportedProfiles } from './import/imported-profiles.js';
import { TwinSourceRepository } from './import/twin-source.repository.js';
import { LeaseController } from './lease/lease.controller.js';
import { LeaseRenewalService } from './lease/lease-renewal.service.js';
import { LeaseRepository } from './lease/lease.repository.js';
import { LeaseSweeper } from './lease/lease-sweeper.js';
import { MaintenanceController } from './maintenance/maintenance.controller.js';
import { MaintenanceRepository } from './maintenance/maintenance.repository.js';
import { MaintenanceService } from './maintenance/maintenance.service.js';
import { MaintenanceSweeper } from './maintenance/maintenance-sweeper.js';
import { Absences } from './lease/absences.js';
import { Presence } from './lease/presence.js';
import { RegisteredOwnership } from './registered-ownership.js';
import { RegistrationReader } from './registration-reader.js';
import { SchemaUsesOfTwins } from './impact/schema-uses-of-twins.js';
import { SearchIndex } from './search/search-index.js';
import { SearchReindexer } from './search/search-reindexer.js';
import { SearchWords } from './search/search-words.js';
import { OwnershipFollowers } from './transfer/ownership-followers.js';
import { TransferConsents } from './transfer/transfer-consents.js';
import { TransferController } from './transfer/transfer.controller.js';
import { TwinHandover } from './transfer/twin-handover.js';
import { TwinTransferRepository } from './transfer/twin-transfer.repository.js';
import { TwinTransferService } from './transfer/twin-transfer.service.js';
import { TwinBatchService } from './twin-batch.service.js';
import { TwinChanges } from './twin-changes.js';
import { TwinCircles } from './twin-circles.js';
import { TwinController } from './twin.controller.js';
import { TwinDirectory } from './twin-directory.js';
import { TwinFacts } from './twin-facts.js';
import { TwinReader } from './twin-reader.js';
import { TwinRepository } from './twin.repository.js';
import { TwinService } from './twin.service.js';
import { TwinStatusController } from './twin-status.controller.js';
import { TwinStatusService } from './twin-status.service.js';
import { ChangeImpacts } from './impact/change-impact.js';
import { FeatureDependentsPort } from './impact/feature-dependents.js';
import { TwinGate } from './twin-gate.js';
import { TwinPreviewService } from './twin-preview.service.js';
import { TwinSubmissionReader } from './twin-submission-reader.js';
import { TwinSubmissions } from './twin-submission.js';
import { TwinVersionController } from './version/twin-version.controller.js';
import { TwinVersionRepository } from './version/twin-version.repository.js';
import { TwinVersionService } from './version/twin-version.service.js';
// The entities register themselves with TypeORM by being imported.
import './composition/twin-composition.entity.js';
import './twin.entity.js';
import './twin-circle.entity.js';
import './lease/twin-lease.entity.js';
import './maintenance/maintenance-window.entity.js';
import './import/twin-source.entity.js';
import './search/twin-search.entity.js';
import './version/twin-version.entity.js';

/** DTR-FE: twins, their features, leases and versions, and who may see them. */
@Module({
  imports: [DatabaseModule, SecurityModule, DictionaryModule],
  controllers: [
    TwinController,
    TwinVersionController,
    ImportController,
    BulkController,
    TwinSetController,
    TransferController,
    RegistryEventsController,
    LeaseController,
    MaintenanceController,
    TwinStatusController,
  ],
  providers: [
    ChangeImpacts,
    FeatureDependentsPort,
    TwinGate,
    TwinPreviewService,
    TwinSubmissionReader,
    ApplyService,
    BulkGate,
    BulkLoadService,
    BulkProgress,
    BulkWriter,
    KnownFeatures,
    TwinExportService,
    ImportService,
    ImportedMeanings,
    ImportedProfiles,
    TwinSourceRepository,
    LeaseRenewalService,
    LeaseRepository,
    LeaseSweeper,
    MaintenanceRepository,
    MaintenanceService,
    MaintenanceSweeper,
    Absences,
    Presence,
    ReaderCircles,
    OwnershipFollowers,
    RegisteredOwnership,
    RegistrationReader,
    RegistryFeed,
    SchemaUsesOfTwins,
    SearchIndex,
    SearchReindexer,
    SearchWords,
    TransferConsents,
    TwinBatchService,
    TwinChanges,
    TwinCircles,
    TwinCompositions,
    TwinDirectory,
    TwinFacts,
    TwinReader,
    TwinRepository,
    TwinService,
    TwinStatusService,
    TwinHandover,
    TwinSetRepository,
    TwinSetService,
    TwinSubmissions,
    TwinVersionRepository,
    TwinVersionService,
    TwinTransferRepository,
    TwinTransferService,
  ],
  exports: [
    FeatureDependentsPort,
    TwinPreviewService,
    TwinVersionService,
    OwnershipFollowers,
    LeaseSweeper,
    Absences,
    Presence,
    ReaderCircles,
    RegisteredOwnership,
    RegistrationReader,
    TransferConsents,
    TwinChanges,
    TwinCircles,
    TwinCompositions,
    TwinDirectory,
    TwinFacts,
    TwinHandover,
    TwinReader,
    TwinService,
    TwinTransferRepository,
  ],
})
export class RegistryModule {}
