import type { AdaptationLoss } from '../../plan/adaptation-plan.js';
import { CompiledFormat } from '../compiled-format.js';
import { conciseAttribute, hasInstances, isAttributeLike, isGeometry, isRecord, type AttributeKind } from '../ngsi-ld/attribute.js';
import { attributesForm, valueMember, writtenValue, type AttributeStyle } from '../ngsi-ld/attributes-form.js';
import { entityCodec, entityLosses } from '../ngsi-ld/entity-codec.js';
import { readEntityOptions } from '../ngsi-ld/entity-options.js';
import { UNREAD_METADATA } from '../ngsi-ld/ngsi-ld.format.js';
import type { FormatOptions, PayloadCodec } from '../payload-format.js';

const CONCISE: AttributeStyle = {
  attributeAt: conciseAttribute,
  write(kind, value, unitCode, observedAt) {
    if (unitCode === undefined && observedAt === undefined && standsAlone(kind, value)) return value;
    const attribute: Record<string, unknown> = { [valueMember(kind)]: writtenValue(kind, value) };
    // An object that looks like an attribute would be taken for one.
    if (kind === 'Property' && isRecord(value)) attribute.type = kind;
    if (unitCode !== undefined) attribute.unitCode = unitCode;
    if (observedAt !== undefined) attribute.observedAt = observedAt;
    return attribute;
  },
};

function standsAlone(kind: AttributeKind, value: unknown): boolean {
  if (kind !== 'Property' && kind !== 'GeoProperty') return false;
  if (Array.isArray(value)) return !hasInstances(value);
  return !isRecord(value) || isGeometry(value) || !isAttributeLike(value);
}

/** NGSI-LD, concise (ETSI GS CIM 009): an attribute stands as its value where nothing else is said of it. Read as the normalized form is. */
export class NgsiLdConciseFormat extends CompiledFormat {
  readonly name = 'ngsi-ld-concise';
  readonly mediaTypes = ['application/ld+json'];
  readonly carrier = 'json';

  read(options: unknown): FormatOptions {
    return readEntityOptions(this.name, options, true);
  }

  compile(options: FormatOptions): PayloadCodec {
    return entityCodec(options, attributesForm(options, CONCISE));
  }

  losses(schema: unknown, options: FormatOptions): readonly AdaptationLoss[] {
    return entityLosses(schema, options);
  }

  override unread(): readonly AdaptationLoss[] {
    return UNREAD_METADATA;
  }
}
