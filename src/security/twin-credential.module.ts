import { type DynamicModule, Module, type ModuleMetadata, type Type } from '@nestjs/common';
import { SecurityModule } from './security.module.js';
import { TwinCredentialController } from './twin-credential.controller.js';
import { TwinCredentialService } from './twin-credential.service.js';
import { TWIN_OWNERSHIP, type TwinOwnership } from './twin-ownership.js';

/** Credentials of twins. Apart from {@link SecurityModule}, because it needs the registry, which itself needs identity. */
@Module({})
export class TwinCredentialModule {
  /** @param ownership the provider, exported by one of `imports`, that knows who owns a twin */
  static with(ownership: Type<TwinOwnership>, imports: NonNullable<ModuleMetadata['imports']>): DynamicModule {
    return {
      module: TwinCredentialModule,
      imports: [SecurityModule, ...imports],
      controllers: [TwinCredentialController],
      providers: [TwinCredentialService, { provide: TWIN_OWNERSHIP, useExisting: ownership }],
    };
  }
}
