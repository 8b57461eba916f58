import { type DynamicModule, Global, Module } from '@nestjs/common';
import { Config } from './config.js';

/** Offers the frozen {@link Config} to every module; the only global module there is. */
@Global()
@Module({})
export class ConfigModule {
  static with(config: Config): DynamicModule {
    return { module: ConfigModule, providers: [{ provide: Config, useValue: config }], exports: [Config] };
  }
}
