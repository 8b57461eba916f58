import type { FormatReader, SourceDocument } from '../format-reader.js';
import type { ImportedModel } from '../imported-model.js';
import { lastPart } from '../imported-text.js';
import { isMembers, listOf, localText, memberOf, type Members, pointTo, textOf, textsOf } from '../json-members.js';
import { JsonLdContext } from '../json-ld-context.js';
import { ModelDraft } from '../model-draft.js';
import { looksLikeGeometry } from '../sample-schema.js';
import type { ForeignUnits } from '../unit-reader.js';
import { type AttributeInstance, attributeSchema, furtherMembers, readInstance, unitCodeOf } from './ngsi-ld-attribute.js';

/** Members of an entity that are no attributes. */
const ENTITY_MEMBERS = new Set(['id', 'type', '@id', '@type', '@context', 'scope', 'createdAt', 'modifiedAt', 'deletedAt']);
const MAX_INSTANCES = 100;

function idOf(entity: Members): string | undefined {
  return textOf(entity, 'id') ?? textOf(entity, '@id');
}

function typesOf(entity: Members): string[] {
  return [...textsOf(entity, 'type'), ...textsOf(entity, '@type')];
}

/** The entity within its GeoJSON representation: the properties of a feature, with the feature's id. */
function featureProperties(document: Members): Members | undefined {
  const properties = memberOf(document, 'properties');
  if (memberOf(document, 'type') !== 'Feature' || !isMembers(properties) || typesOf(properties).length === 0) return undefined;
  return { ...properties, id: idOf(document) };
}

class EntityReading {
  private readonly draft: ModelDraft;
  private readonly context: JsonLdContext;

  private readonly entity: Members;
  /** Where the attributes are in the document. */
  private readonly base: string;
  private readonly geometry: unknown;

  constructor(document: Members, units: ForeignUnits) {
    const properties = featureProperties(document);
    this.base = properties === undefined ? '' : '/properties';
    this.entity = properties ?? document;
    const geometry = memberOf(document, 'geometry');
    this.geometry = isMembers(geometry) ? (memberOf(geometry, 'value') ?? geometry) : geometry;
    this.draft = new ModelDraft('ngsi-ld', units);
    this.context = new JsonLdContext(memberOf(this.entity, '@context') === undefined ? document : this.entity);
  }

  read(): ImportedModel {
    if (this.base !== '' && !isMembers(memberOf(this.entity, 'location'))) this.draft.area(this.geometry, '/geometry');
    const id = idOf(this.entity) ?? '';
    const types = typesOf(this.entity);
    this.draft.subjectArea(this.context.subject);
    for (const type of types) this.draft.hint(lastPart(type));
    this.draft.hint(id.replaceAll(':', ' '));
    this.draft.object(id, '/id');
    this.draft.label('source', 'ngsi-ld', '');
    for (const [index, type] of types.entries()) this.draft.label(index === 0 ? 'type' : `type-${index + 1}`, lastPart(type), '/type');
    for (const [index, scope] of textsOf(this.entity, 'scope').entries()) {
      this.draft.label(index === 0 ? 'scope' : `scope-${index + 1}`, scope, '/scope');
    }
    for (const [name, attribute] of Object.entries(this.entity)) if (!ENTITY_MEMBERS.has(name)) this.attribute(name, attribute);
    this.draft.name(`${lastPart(types[0] ?? 'Entity')} ${lastPart(id)}`);
    return this.draft.finish(id);
  }

  private attribute(name: string, given: unknown): void {
    const pointer = pointTo(this.base, name);
    const instances = this.instancesOf(given);
    const [first] = instances;
    if (first === undefined) return;
    const same = instances.filter(({ type }) => type === first.type);
    if (same.length < instances.length) this.draft.notes.unmapped(pointer, `Has instances that are no ${first.type}; they are left out.`);
    this.tellAbout(name, first, pointer);
    for (const further of new Set(same.flatMap(furtherMembers))) {
      this.draft.notes.unmapped(pointTo(pointer, further), 'What is said about a value has no place in a profile.');
    }
    const unit = this.draft.unit(same.map(unitCodeOf).find((code) => code !== undefined), 'unece', pointTo(pointer, 'unitCode')); // prettier-ignore
    this.draft.feature(
      {
        kind: 'data',
        name: this.featureName(name),
        meaning: this.context.meaningOf(name),
        schema: attributeSchema(
          first.type,
          same.map(({ value }) => value),
        ),
        ...(unit === undefined ? {} : { unit }),
      },
      pointer,
    );
  }

  /** Several instances are told apart by datasetId; a plain array is a value. */
  private instancesOf(given: unknown): AttributeInstance[] {
    if (!Array.isArray(given) || given.length === 0) return [readInstance(given)];
    const instances = (given as unknown[]).slice(0, MAX_INSTANCES).map(readInstance);
    const isMulti = instances.every(
      ({ wrapper }) =>
        wrapper !== undefined && (memberOf(wrapper, 'datasetId') !== undefined || typeof memberOf(wrapper, 'type') === 'string'),
    );
    return isMulti ? instances : [readInstance(given)];
  }

  /** What some attributes say of the entity as a whole. They are features all the same, since they may change. */
  private tellAbout(name: string, { type, value, wrapper }: AttributeInstance, pointer: string): void {
    if (name === 'location' && (type === 'GeoProperty' || looksLikeGeometry(value))) {
      this.draft.area(isMembers(value) ? value : asGeometry(value), wrapper === undefined ? pointer : pointTo(pointer, 'value'));
    }
    if (name === 'name' || name === 'title') this.draft.name(localText(value));
    if (name === 'description') this.draft.description(localText(value));
    if (name === 'license' && typeof value === 'string' && /^https?:\/\/[^\s<>"{}|\\^`]+$/.test(value))
      this.draft.accessTerms({ license: value });
  }

  private featureName(name: string): string {
    return /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(name) ? lastPart(name) : name;
  }
}

/** A geometry may come as text, as the specification allows. */
function asGeometry(value: unknown): unknown {
  if (typeof value !== 'string' || value.length > 100_000) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** An NGSI-LD entity, normalized, concise or simplified. */
export const ENTITY_READER: FormatReader = {
  format: 'ngsi-ld',
  title: 'NGSI-LD entity',
  expected: 'an id and a type, and attributes',
  recognizes: (document) => idOf(document) !== undefined && typesOf(document).length > 0,
  refuses: (document) => {
    if (idOf(document) === undefined) return { pointer: '/id', detail: 'is required in an NGSI-LD entity' };
    if (typesOf(document).length === 0) return { pointer: '/type', detail: 'is required in an NGSI-LD entity' };
    if (typesOf(document).includes('ContextSourceRegistration')) {
      return { pointer: '/type', detail: 'is that of a context source registration, whose format is ngsi-ld-registration' };
    }
    if (listOf(document, '@graph').length > 0) return { pointer: '/@graph', detail: 'is not read; send the entities as an array' };
    return undefined;
  },
  read: ({ value }: SourceDocument, units) => new EntityReading(value, units).read(),
};
