import { type DynamicModule, Module, type ModuleMetadata, type Type } from '@nestjs/common';
import { DictionaryModule } from '../../dictionary/dictionary.module.js';
import { SecurityModule } from '../../security/security.module.js';
import { RegistryModule } from '../registry.module.js';
import { EndpointCheck } from './endpoint-check.js';
import { ReadinessController } from './readiness.controller.js';
import { TWIN_INBOX, type TwinInbox } from './readiness.js';
import { ReadinessService } from './readiness.service.js';
import { SampleCheck } from './sample-check.js';

/** The readiness check. Apart from {@link RegistryModule}, because it needs the exchange, which lies above the registry. */
@Module({})
export class ReadinessModule {
  /** @param inbox the provider, exported by one of `imports`, that reaches a twin's inbox */
  static with(inbox: Type<TwinInbox>, imports: NonNullable<ModuleMetadata['imports']>): DynamicModule {
    return {
      module: ReadinessModule,
      imports: [RegistryModule, SecurityModule, DictionaryModule, ...imports],
      controllers: [ReadinessController],
      providers: [EndpointCheck, ReadinessService, SampleCheck, { provide: TWIN_INBOX, useExisting: inbox }],
    };
  }
}
