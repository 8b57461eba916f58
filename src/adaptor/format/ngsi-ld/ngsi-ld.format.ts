import type { AdaptationLoss } from '../../plan/adaptation-plan.js';
import { CompiledFormat } from '../compiled-format.js';
import type { FormatOptions, PayloadCodec } from '../payload-format.js';
import { normalizedAttribute, type AttributeKind } from './attribute.js';
import { attributesForm, valueMember, writtenValue, type AttributeStyle } from './attributes-form.js';
import { entityCodec, entityLosses } from './entity-codec.js';
import { readEntityOptions } from './entity-options.js';

/** What attributes say besides their values; a value has no place for it. */
export const UNREAD_METADATA: readonly AdaptationLoss[] = [
  {
    kind: 'metadata-dropped',
    detail: 'observedAt, unitCode and other properties of attributes are not in the value, nor are instances with a datasetId',
  },
];

const NORMALIZED: AttributeStyle = {
  attributeAt: normalizedAttribute,
  write: (kind, value, unitCode, observedAt) =>
    kind === 'Property' ? property(value, unitCode, observedAt) : otherAttribute(kind, value, unitCode, observedAt),
};

// Four literals, so that attributes of one sort have one hidden class.
function property(value: unknown, unitCode: string | undefined, observedAt: string | undefined): unknown {
  if (unitCode === undefined) return observedAt === undefined ? { type: 'Property', value } : { type: 'Property', value, observedAt };
  return observedAt === undefined ? { type: 'Property', value, unitCode } : { type: 'Property', value, unitCode, observedAt };
}

function otherAttribute(kind: AttributeKind, value: unknown, unitCode: string | undefined, observedAt: string | undefined): unknown {
  const attribute: Record<string, unknown> = { type: kind, [valueMember(kind)]: writtenValue(kind, value) };
  if (unitCode !== undefined) attribute.unitCode = unitCode;
  if (observedAt !== undefined) attribute.observedAt = observedAt;
  return attribute;
}

/** NGSI-LD, normalized (ETSI GS CIM 009): every attribute an object with its type. The value is the entity's key-values. */
export class NgsiLdFormat extends CompiledFormat {
  readonly name = 'ngsi-ld';
  readonly mediaTypes = ['application/ld+json'];
  readonly carrier = 'json';

  read(options: unknown): FormatOptions {
    return readEntityOptions(this.name, options, true);
  }

  compile(options: FormatOptions): PayloadCodec {
    return entityCodec(options, attributesForm(options, NORMALIZED));
  }

  losses(schema: unknown, options: FormatOptions): readonly AdaptationLoss[] {
    return entityLosses(schema, options);
  }

  override unread(): readonly AdaptationLoss[] {
    return UNREAD_METADATA;
  }
}
