import { Module } from '@nestjs/common';
import { SchemaCache } from './json-schema/schema-cache.js';

/** SD-FE: what data and functions look like and mean. */
@Module({
  providers: [SchemaCache],
  exports: [SchemaCache],
})
export class DictionaryModule {}
