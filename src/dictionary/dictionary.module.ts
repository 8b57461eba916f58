import { Module, type OnModuleInit } from '@nestjs/common';
import { DatabaseModule } from '../database/database.module.js';
import { compileSchema } from './json-schema/compile-schema.js';
import { FeatureSchemas } from './shared-schema/feature-schemas.js';
import { SharedSchemaHold } from './shared-schema/shared-schema-hold.js';
import { SchemaUses } from './shared-schema/schema-uses.js';
import { SharedSchemaController } from './shared-schema/shared-schema.controller.js';
import { SharedSchemaRepository } from './shared-schema/shared-schema.repository.js';
import { SharedSchemaService } from './shared-schema/shared-schema.service.js';
import { TermDirectory } from './term/term-directory.js';
import { TermRepository } from './term/term.repository.js';
import { UnitController } from './unit/unit.controller.js';
import { UnitReading } from './unit/unit-reading.js';
import { Units } from './unit/units.js';
import { SecurityModule } from '../security/security.module.js';
import { BuiltinInstallation } from './builtin/builtin-installation.js';
import { DocumentReader } from './skos/document-reader.js';
import { TransferService } from './skos/transfer.service.js';
import { TermChanges } from './term/term-changes.js';
import { TermService } from './term/term.service.js';
import { VocabularyRepository } from './term/vocabulary.repository.js';
import { VocabularyService } from './term/vocabulary.service.js';
import { TermController } from './term.controller.js';
import { TermHistoryController } from './term-history.controller.js';
import { TransferController } from './transfer.controller.js';
import { VocabularyController } from './vocabulary.controller.js';
// The entities register themselves with TypeORM by being imported.
import './term/term.entity.js';
import './term/term-name.entity.js';
import './term/term-relation.entity.js';
import './term/term-version.entity.js';
import './term/vocabulary.entity.js';

const DIALECTS_IN_USE = ['https://json-schema.org/draft/2020-12/schema', 'http://json-schema.org/draft-07/schema#'];

/** SD-FE: what data and functions look like and mean. */
@Module({
  imports: [DatabaseModule, SecurityModule],
  controllers: [VocabularyController, TermController, TermHistoryController, TransferController, SharedSchemaController, UnitController],
  providers: [
    VocabularyService,
    VocabularyRepository,
    TransferService,
    TermService,
    TermChanges,
    DocumentReader,
    BuiltinInstallation,
    FeatureSchemas,
    SharedSchemaHold,
    SchemaUses,
    SharedSchemaRepository,
    SharedSchemaService,
    TermDirectory,
    TermRepository,
    UnitReading,
    Units,
  ],
  exports: [FeatureSchemas, SharedSchemaHold, TermService, SchemaUses, SharedSchemaService, TermDirectory, Units],
})
export class DictionaryModule implements OnModuleInit {
  /** The first schema of a dialect takes long, since its meta-schema is compiled with it: no request shall wait for that. */
  onModuleInit(): void {
    for (const $schema of DIALECTS_IN_USE)
      compileSchema({ $schema, properties: { a: { type: 'string', pattern: '^a' } } }).validate({ a: 'b' });
  }
}
