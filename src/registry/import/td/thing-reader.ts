import type { FormatReader, SourceDocument } from '../format-reader.js';
import type { ImportedModel, Meaning } from '../imported-model.js';
import { lastPart, uriOfUnnamed } from '../imported-text.js';
import { entriesOf, isMembers, localText, memberOf, type Members, pointTo, textOf, textsOf } from '../json-members.js';
import { JsonLdContext } from '../json-ld-context.js';
import { ModelDraft } from '../model-draft.js';
import type { ForeignUnits } from '../unit-reader.js';
import { DataSchemas } from './data-schema.js';
import { ThingForms } from './thing-forms.js';
import { PLACE_MEMBERS, readLinks, readPlace, readRegistration, readSecurity } from './thing-metadata.js';

const CONTEXT = /w3\.org\/(?:20\d\d\/wot\/td|ns\/td)|w3c\.github\.io\/wot/;
const AFFORDANCES = ['properties', 'actions', 'events'] as const;
/** Members that are read, or say nothing that a profile could hold and nobody misses. */
const READ = new Set([
  '@context', '@type', 'id', '@id', 'title', 'titles', 'name', 'description', 'descriptions', 'version', 'support', 'base', 'properties', 'actions',
  'events', 'links', 'forms', 'security', 'securityDefinitions', 'registration', ...PLACE_MEMBERS,
]); // prettier-ignore

function contextNamesTd(document: Members): boolean {
  return new JsonLdContext(document).addresses.some((address) => CONTEXT.test(address));
}

function hasAffordances(document: Members): boolean {
  return AFFORDANCES.some((name) => entriesOf(document, name).length > 0);
}

function isModel(document: Members): boolean {
  return textsOf(document, '@type').includes('tm:ThingModel');
}

class ThingReading {
  private readonly draft: ModelDraft;
  private readonly context: JsonLdContext;
  private readonly schemas: DataSchemas;
  private readonly forms: ThingForms;

  constructor(
    private readonly thing: Members,
    units: ForeignUnits,
  ) {
    this.draft = new ModelDraft('td', units);
    this.context = new JsonLdContext(thing);
    this.schemas = new DataSchemas(this.draft.notes);
    this.forms = new ThingForms(thing, this.draft);
  }

  read(): ImportedModel {
    const { thing, draft } = this;
    const title = textOf(thing, 'title') ?? localText(memberOf(thing, 'titles')) ?? textOf(thing, 'name');
    draft.name(title);
    draft.description(textOf(thing, 'description') ?? localText(memberOf(thing, 'descriptions')));
    draft.label('source', 'td', '');
    if (isModel(thing)) draft.notes.warn('A Thing Model is a template: the twin has what the model declares, and no endpoints.');
    const types = textsOf(thing, '@type').filter((type) => type !== 'Thing' && type !== 'tm:ThingModel');
    for (const [index, type] of types.entries()) draft.label(index === 0 ? 'type' : `type-${index + 1}`, type, '/@type');
    readSecurity(thing, draft);
    this.readAffordances();
    this.forms.read(thing, '');
    readLinks(thing, draft);
    const place = readPlace(thing, draft);
    readRegistration(thing, draft);
    this.readVersionAndSupport();
    for (const name of Object.keys(thing)) {
      if (!READ.has(name) && name !== place) draft.notes.unmapped(pointTo('', name), 'Has no place in a profile.');
    }
    for (const hint of [...types, title, draft.format === 'td' ? textOf(thing, 'description') : undefined]) draft.hint(hint);
    const id = this.identifier(title);
    if (isMembers(memberOf(thing, 'id'))) draft.notes.unmapped('/id', 'Not an identifier.');
    return draft.finish(id);
  }

  private identifier(title: string | undefined): string {
    const given = memberOf(this.thing, 'id') ?? memberOf(this.thing, '@id');
    if (typeof given === 'string' && given.trim() !== '') {
      this.draft.object(given, '/id');
      return given;
    }
    if (typeof given === 'number') return String(given);
    const base = textOf(this.thing, 'base');
    this.draft.notes.warn(
      'The document has no id: the twin’s is made of its base and title, or else of its whole text. Give one to tell things apart.',
    );
    return uriOfUnnamed(base === undefined ? JSON.stringify(this.thing) : `${base}\n${title ?? ''}`);
  }

  private readAffordances(): void {
    for (const kind of AFFORDANCES) {
      for (const [name, affordance] of entriesOf(this.thing, kind)) {
        const pointer = pointTo('', kind, name);
        if (!isMembers(affordance)) {
          this.draft.notes.unmapped(pointer, 'Not an object.');
          continue;
        }
        if (kind === 'properties') this.property(name, affordance, pointer);
        else if (kind === 'actions') this.action(name, affordance, pointer);
        else this.event(name, affordance, pointer);
        this.forms.read(affordance, pointer);
        if (memberOf(affordance, 'uriVariables') !== undefined) {
          this.draft.notes.unmapped(pointTo(pointer, 'uriVariables'), 'Parameters of an address have no place in a profile.');
        }
      }
    }
  }

  private property(name: string, property: Members, pointer: string): void {
    if (memberOf(property, 'writeOnly') === true) {
      this.draft.notes.unmapped(pointTo(pointer, 'writeOnly'), 'A data feature is read; offer a function for what is written.');
    } else if (memberOf(property, 'readOnly') === false) {
      this.draft.notes.warn('Properties may be written; writing is no part of a data feature: offer a function for it.');
    }
    const unit = this.draft.unit(memberOf(property, 'unit'), 'qudt', pointTo(pointer, 'unit'));
    this.draft.feature({ ...this.common(name, property), kind: 'data', schema: this.schemas.read(property, pointer, true), ...(unit === undefined ? {} : { unit }) }, pointer); // prettier-ignore
  }

  private action(name: string, action: Members, pointer: string): void {
    const [input, output] = [memberOf(action, 'input'), memberOf(action, 'output')];
    this.draft.feature(
      {
        ...this.common(name, action),
        kind: 'function',
        input: input === undefined ? { type: ['object', 'null'] } : this.schemas.read(input, pointTo(pointer, 'input')),
        ...(output === undefined ? {} : { output: this.schemas.read(output, pointTo(pointer, 'output')) }),
        ...(memberOf(action, 'idempotent') === true ? { idempotent: true } : {}),
      },
      pointer,
    );
  }

  private event(name: string, event: Members, pointer: string): void {
    const data = memberOf(event, 'data');
    const unit = isMembers(data) ? this.draft.unit(memberOf(data, 'unit'), 'qudt', pointTo(pointer, 'data', 'unit')) : undefined;
    const schema = data === undefined ? true : this.schemas.read(data, pointTo(pointer, 'data'));
    this.draft.feature({ ...this.common(name, event), kind: 'data', schema, ...(unit === undefined ? {} : { unit }) }, pointer);
    for (const member of ['subscription', 'dataResponse', 'cancellation'] as const) {
      if (memberOf(event, member) === undefined) continue;
      this.draft.notes.unmapped(pointTo(pointer, member), 'How one subscribes is the broker’s own matter.');
    }
  }

  private common(name: string, affordance: Members): { name: string; description?: string; meaning: Meaning } {
    const prose = textOf(affordance, 'description') ?? localText(memberOf(affordance, 'descriptions'));
    const description = prose ?? textOf(affordance, 'title') ?? localText(memberOf(affordance, 'titles'));
    return { name, ...(description === undefined ? {} : { description }), meaning: this.meaningOf(name, affordance) };
  }

  /** The semantic annotation of an affordance; its own name is only what the dictionary may know it by. */
  private meaningOf(name: string, affordance: Members): Meaning {
    const types = textsOf(affordance, '@type');
    const iris = types.map((type) => this.context.expand(type)).filter((iri) => iri !== undefined);
    return iris.length > 0 ? { iris } : { name: types[0] === undefined ? name : lastPart(types[0]) };
  }

  private readVersionAndSupport(): void {
    const version = memberOf(this.thing, 'version');
    const instance = isMembers(version) ? textOf(version, 'instance') : undefined;
    if (instance !== undefined) this.draft.label('version', instance, '/version/instance');
    const support = textOf(this.thing, 'support');
    if (support !== undefined) this.draft.accessTerms({ contact: support.replace(/[\p{Cc}\p{Cs}]/gu, ' ').slice(0, 500) });
  }
}

/** A W3C Thing Description 1.1 (1.0 as well), or a Thing Model taken for one. */
export const THING_READER: FormatReader = {
  format: 'td',
  title: 'W3C Thing Description',
  expected: 'a @context of https://www.w3.org/2022/wot/td/v1.1, a title, and properties, actions or events',
  recognizes: (document) =>
    contextNamesTd(document) ||
    (memberOf(document, 'securityDefinitions') !== undefined && textOf(document, 'title') !== undefined && hasAffordances(document)),
  refuses: (document) => {
    if (textsOf(document, '@type').includes('Interface')) return { pointer: '/@type', detail: 'is that of a DTDL interface' };
    if (!contextNamesTd(document) && !hasAffordances(document)) {
      return { pointer: '/@context', detail: 'must be that of a Thing Description, such as https://www.w3.org/2022/wot/td/v1.1' };
    }
    for (const name of AFFORDANCES) {
      const affordances = memberOf(document, name);
      if (affordances !== undefined && !isMembers(affordances)) {
        return { pointer: `/${name}`, detail: 'must be an object of affordances by name' };
      }
    }
    return undefined;
  },
  read: ({ value }: SourceDocument, units) => new ThingReading(value, units).read(),
};
