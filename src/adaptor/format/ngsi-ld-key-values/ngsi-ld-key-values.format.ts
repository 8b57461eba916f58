import type { AdaptationLoss } from '../../plan/adaptation-plan.js';
import { CompiledFormat } from '../compiled-format.js';
import { entityCodec, entityLosses, type EntityForm } from '../ngsi-ld/entity-codec.js';
import { readEntityOptions } from '../ngsi-ld/entity-options.js';
import type { FormatOptions, PayloadCodec } from '../payload-format.js';

const KEY_VALUES: EntityForm = { toValues: () => undefined, toAttributes: () => undefined };

/** NGSI-LD, simplified (ETSI GS CIM 009, `options=keyValues`): attributes stand as their values. The value is the entity as it is. */
export class NgsiLdKeyValuesFormat extends CompiledFormat {
  readonly name = 'ngsi-ld-key-values';
  readonly mediaTypes = ['application/ld+json'];
  readonly carrier = 'json';

  read(options: unknown): FormatOptions {
    return readEntityOptions(this.name, options, false);
  }

  compile(options: FormatOptions): PayloadCodec {
    return entityCodec(options, KEY_VALUES);
  }

  losses(schema: unknown, options: FormatOptions): readonly AdaptationLoss[] {
    return entityLosses(schema, options);
  }
}
