import type { FormatReader, SourceDocument } from '../format-reader.js';
import type { ImportedModel } from '../imported-model.js';
import { lastPart, uriOfUnnamed } from '../imported-text.js';
import { isMembers, listOf, memberOf, type Members, pointTo, textOf, textsOf } from '../json-members.js';
import { JsonLdContext } from '../json-ld-context.js';
import { ModelDraft } from '../model-draft.js';
import { carriesCredentials, refuseSecret } from '../secrets-in-documents.js';
import type { ForeignUnits } from '../unit-reader.js';

const TYPE = 'ContextSourceRegistration';
const SECRET_HEADER = /authori[sz]ation|cookie|token|secret|password|api[-_]?key|credential/i;
/** Members that become part of the profile. */
const MAPPED = new Set([
  '@context', 'id', 'type', 'registrationName', 'name', 'description', 'endpoint', 'information', 'location', 'observationInterval',
  'managementInterval', 'mode', 'tenant', 'contextSourceInfo',
]); // prettier-ignore

class RegistrationReading {
  private readonly draft: ModelDraft;
  private readonly context: JsonLdContext;
  private readonly types = new Set<string>();
  private readonly attributes = new Map<string, { pointer: string; isRelationship: boolean }>();

  constructor(
    private readonly registration: Members,
    units: ForeignUnits,
  ) {
    this.draft = new ModelDraft('ngsi-ld-registration', units);
    this.context = new JsonLdContext(registration);
  }

  read(): ImportedModel {
    const { draft, registration } = this;
    const id = textOf(registration, 'id') ?? uriOfUnnamed(JSON.stringify(registration));
    draft.name(textOf(registration, 'registrationName') ?? textOf(registration, 'name'));
    draft.description(textOf(registration, 'description'));
    draft.subjectArea(this.context.subject);
    draft.label('source', 'ngsi-ld-registration', '');
    for (const name of ['mode', 'tenant'] as const) {
      const text = textOf(registration, name);
      if (text !== undefined) draft.label(name, text, pointTo('', name));
    }
    this.readEndpoint();
    this.readContextSourceInfo();
    for (const [index, information] of listOf(registration, 'information').entries()) {
      if (isMembers(information)) this.readInformation(information, pointTo('', 'information', index));
    }
    this.readPlaceAndTime();
    this.addFeatures();
    for (const name of Object.keys(registration)) {
      if (!MAPPED.has(name)) draft.notes.unmapped(pointTo('', name), 'Has no place in a profile.');
    }
    draft.hint(textOf(registration, 'registrationName'));
    draft.name(`Context source ${lastPart(id)}`);
    return draft.finish(id);
  }

  private readEndpoint(): void {
    const url = textOf(this.registration, 'endpoint');
    if (url === undefined) return;
    if (carriesCredentials(url)) refuseSecret('/endpoint');
    this.draft.endpoint({ url, format: 'ngsi-ld' }, '/endpoint');
  }

  private readContextSourceInfo(): void {
    for (const [index, info] of listOf(this.registration, 'contextSourceInfo').entries()) {
      const pointer = pointTo('', 'contextSourceInfo', index);
      const value = isMembers(info) ? memberOf(info, 'value') : undefined;
      const isSecret = isMembers(info) && SECRET_HEADER.test(textOf(info, 'key') ?? '');
      // A header that the source takes over from the request is no secret.
      if (isSecret && value !== 'urn:ngsi-ld:request' && value !== '' && value !== undefined) refuseSecret(pointTo(pointer, 'value'));
      this.draft.notes.unmapped(pointer, 'How a broker talks to the source has no place in a profile.');
    }
  }

  private readInformation(information: Members, pointer: string): void {
    for (const [index, entity] of listOf(information, 'entities').entries()) {
      const place = pointTo(pointer, 'entities', index);
      if (!isMembers(entity)) continue;
      const id = textOf(entity, 'id');
      if (id !== undefined) this.draft.object(id, pointTo(place, 'id'));
      if (textOf(entity, 'idPattern') !== undefined) {
        this.draft.notes.unmapped(pointTo(place, 'idPattern'), 'A profile names objects of interest, not patterns of them.');
      }
      for (const type of textsOf(entity, 'type')) this.types.add(type);
    }
    const lists: [string, boolean][] = [['propertyNames', false], ['properties', false], ['relationshipNames', true], ['relationships', true]]; // prettier-ignore
    for (const [list, isRelationship] of lists) {
      for (const [index, name] of textsOf(information, list).entries()) {
        if (!this.attributes.has(name)) this.attributes.set(name, { pointer: pointTo(pointer, list, index), isRelationship });
      }
    }
  }

  private readPlaceAndTime(): void {
    const location = memberOf(this.registration, 'location');
    if (location !== undefined) {
      const isProperty = isMembers(location) && memberOf(location, 'value') !== undefined;
      this.draft.area(isProperty ? memberOf(location, 'value') : location, isProperty ? '/location/value' : '/location');
    }
    const name = ['observationInterval', 'managementInterval'].find((each) => isMembers(memberOf(this.registration, each)));
    const interval = name === undefined ? undefined : memberOf(this.registration, name);
    if (name !== undefined && isMembers(interval)) {
      this.draft.validity(
        memberOf(interval, 'startAt') ?? memberOf(interval, 'start'),
        memberOf(interval, 'endAt') ?? memberOf(interval, 'end'),
        pointTo('', name),
      );
    }
  }

  /** One per attribute; a source that names none provides entities of its types as a whole. */
  private addFeatures(): void {
    for (const [index, type] of [...this.types].entries()) {
      this.draft.hint(lastPart(type));
      this.draft.label(index === 0 ? 'type' : `type-${index + 1}`, lastPart(type), '/information');
    }
    for (const [name, { pointer, isRelationship }] of this.attributes) {
      const schema = isRelationship ? { type: ['string', 'array'] } : true;
      const called = name.includes('://') ? lastPart(name) : name;
      this.draft.feature({ kind: 'data', name: called, meaning: this.context.meaningOf(name), schema }, pointer);
    }
    if (this.attributes.size > 0) return;
    for (const type of this.types) {
      const schema = { type: 'object' };
      this.draft.feature({ kind: 'data', name: lastPart(type), meaning: this.context.meaningOf(type), schema }, '/information');
    }
  }
}

/** An NGSI-LD context source registration (ETSI GS CIM 009): a twin that provides what the source is registered for. */
export const REGISTRATION_READER: FormatReader = {
  format: 'ngsi-ld-registration',
  title: 'NGSI-LD context source registration',
  expected: `type ${TYPE}, information and endpoint`,
  recognizes: (document) => memberOf(document, 'type') === TYPE,
  refuses: (document) => {
    if (memberOf(document, 'type') !== TYPE) return { pointer: '/type', detail: `must be ${TYPE}` };
    if (!Array.isArray(memberOf(document, 'information'))) {
      return { pointer: '/information', detail: 'must be a list in a context source registration' };
    }
    return undefined;
  },
  read: ({ value }: SourceDocument, units) => new RegistrationReading(value, units).read(),
};
