import type { JsonSchemaDocument } from '../../twin.js';
import type { FeatureDraft, Meaning } from '../imported-model.js';
import { asText, isMembers, listOf, localText, memberOf, type Members, pointTo, textOf, textsOf } from '../json-members.js';
import type { ModelDraft } from '../model-draft.js';
import { type DtdlSchemas, lastTerm } from './dtdl-schema.js';

const KINDS = ['Property', 'Telemetry', 'Command', 'Relationship', 'Component'] as const;
type Kind = (typeof KINDS)[number];
/** Members of an interface and of a content that are read, or that nobody misses; others are of extensions. */
const INTERFACE_TERMS = new Set(['@context', '@id', '@type', 'comment', 'description', 'displayName', 'contents', 'extends', 'schemas']);
const CONTENT_TERMS = new Set([
  '@context', '@id', '@type', 'name', 'comment', 'description', 'displayName', 'schema', 'unit', 'writable', 'request', 'response', 'commandType',
  'target', 'properties', 'minMultiplicity', 'maxMultiplicity', 'fields',
]); // prettier-ignore
/** Components within components, and interfaces that extend one another. */
const MAX_NESTING = 16;
/** Contents looked at in one document, those of its base interfaces and components included. */
const MAX_CONTENTS = 5_000;

/** Where in the model the reader is. */
interface Place {
  /** Begins the names of features: the components that lead here. */
  readonly prefix: string;
  /** Interfaces that lead here, by what they are. */
  readonly path: readonly Members[];
  /** Base interfaces read at this place: what several paths of extension share counts once. */
  readonly seen: Set<Members>;
}

/** The contents of an interface, of those that it extends, and of its components, as features. */
export class DtdlContents {
  private contents = 0;

  constructor(
    private readonly draft: ModelDraft,
    private readonly schemas: DtdlSchemas,
    private readonly interfaces: ReadonlyMap<string, Members>,
    private readonly version: number,
  ) {}

  readInterface(document: Members): void {
    this.interface(document, '', { prefix: '', path: [], seen: new Set() });
  }

  /** @param origin where contents of another document of the request are pointed at; undefined in this one */
  private interface(document: Members, pointer: string, place: Place, origin?: string): void {
    if (place.seen.has(document)) return;
    place.seen.add(document);
    const within = { ...place, path: [...place.path, document] };
    if (origin === undefined) this.tellUnread(document, INTERFACE_TERMS, pointer);
    for (const [index, content] of listOf(document, 'contents').entries()) {
      this.contents += 1;
      const at = origin ?? pointTo(pointer, 'contents', index);
      if (this.contents > MAX_CONTENTS) {
        this.draft.notes.unmapped(at, `At most ${MAX_CONTENTS} contents are read; the rest is left out.`);
        return;
      }
      if (isMembers(content)) {
        this.content(content, at, within);
        if (origin === undefined) this.tellUnread(content, CONTENT_TERMS, at);
      } else this.draft.notes.unmapped(at, 'Not an object.');
    }
    for (const [index, base] of listOf(document, 'extends').entries()) {
      const at = origin ?? pointTo(pointer, 'extends', ...(Array.isArray(memberOf(document, 'extends')) ? [index] : []));
      this.follow(base, at, within, 'extends');
    }
  }

  private tellUnread(element: Members, terms: ReadonlySet<string>, at: string): void {
    for (const name of Object.keys(element))
      if (!terms.has(name)) this.draft.notes.unmapped(pointTo(at, name), 'Has no place in a profile.');
  }

  /** An interface that this one extends or has as a component: written out in place, or another document of the request. */
  private follow(target: unknown, at: string, place: Place, how: 'extends' | 'component'): boolean {
    const inline = isMembers(target) && (memberOf(target, 'contents') !== undefined || memberOf(target, 'extends') !== undefined);
    const id = typeof target === 'string' ? target : isMembers(target) ? textOf(target, '@id') : undefined;
    const found = inline ? target : id === undefined ? undefined : this.interfaces.get(id);
    if (found === undefined) {
      this.draft.notes.unmapped(at, `The interface ${id ?? ''} is not among the documents of this request; its contents are missing.`);
      return false;
    }
    if (place.path.includes(found) || place.path.length >= MAX_NESTING) {
      this.draft.notes.unmapped(at, 'Leads back to an interface it is part of, or too deep.');
      return false;
    }
    const within = how === 'extends' ? place : { ...place, seen: new Set<Members>() };
    this.interface(found, at, within, inline ? undefined : at);
    return true;
  }

  private content(content: Members, at: string, place: Place): void {
    const name = textOf(content, 'name');
    if (name === undefined) {
      this.draft.notes.unmapped(at, 'Has no name.');
      return;
    }
    const kind = kindOf(content);
    if (kind === 'Component') {
      this.follow(memberOf(content, 'schema'), pointTo(at, 'schema'), { ...place, prefix: `${place.prefix}${name}.` }, 'component');
      return;
    }
    const features: Record<Exclude<Kind, 'Component'>, () => Partial<FeatureDraft>> = {
      Property: () => this.value(content, at),
      Telemetry: () => this.value(content, at),
      Command: () => this.command(content, at),
      Relationship: () => this.relationship(content, at),
    };
    if (kind === undefined) this.draft.notes.unmapped(pointTo(at, '@type'), 'Says of no known kind of content; taken for a property.');
    this.draft.feature(
      {
        kind: kind === 'Command' ? 'function' : 'data',
        name: place.prefix + name,
        description: describe(content),
        meaning: this.meaningOf(content, name),
        ...features[kind ?? 'Property'](),
      },
      at,
    );
  }

  private value(content: Members, at: string): Partial<FeatureDraft> {
    if (memberOf(content, 'writable') === true) {
      this.draft.notes.warn('Properties are writable in the model; writing is no part of a data feature: offer a function for it.');
    }
    const unit = this.draft.unit(unitOf(memberOf(content, 'unit')), 'dtdl', pointTo(at, 'unit'));
    const given = memberOf(content, 'schema');
    // Generators write an object's fields where its schema belongs.
    const isBare = given === undefined && memberOf(content, 'fields') !== undefined;
    const schema = isBare
      ? this.schemas.read({ '@type': 'Object', fields: memberOf(content, 'fields') }, at)
      : this.schemas.read(given, pointTo(at, 'schema'));
    return { schema, ...(unit === undefined ? {} : { unit }) };
  }

  private command(content: Members, at: string): Partial<FeatureDraft> {
    const request = memberOf(content, 'request');
    const response = memberOf(content, 'response');
    const name = isMembers(request) ? (textOf(request, 'name') ?? 'request') : undefined;
    const input: JsonSchemaDocument =
      isMembers(request) && name !== undefined
        ? {
            type: 'object',
            properties: { [name]: this.schemas.read(memberOf(request, 'schema'), pointTo(at, 'request', 'schema')) },
            ...(memberOf(request, 'nullable') === true ? {} : { required: [name] }),
          }
        : { type: 'object' };
    if (!isMembers(response)) return { input };
    return { input, output: this.schemas.read(memberOf(response, 'schema'), pointTo(at, 'response', 'schema')) };
  }

  private relationship(content: Members, at: string): Partial<FeatureDraft> {
    const properties = this.schemas.members(listOf(content, 'properties'), pointTo(at, 'properties'), 1);
    const one = { type: 'object', properties: { ...properties, target: { type: 'string' } }, required: ['target'] };
    const [least, most] = [memberOf(content, 'minMultiplicity'), memberOf(content, 'maxMultiplicity')];
    if (most === 1) return { schema: one };
    const bound = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value) && value >= 0;
    return {
      schema: { type: 'array', items: one, ...(bound(least) ? { minItems: least } : {}), ...(bound(most) ? { maxItems: most } : {}) },
    };
  }

  private meaningOf(content: Members, name: string): Meaning {
    const classes = textsOf(content, '@type').filter((type) => kindNamed(type) === undefined);
    return { iris: classes.map((type) => this.classIri(type)).filter((iri) => iri !== undefined), name };
  }

  /** The DTMI of a semantic type; those of the language's own extensions may be written by their term. */
  private classIri(type: string): string | undefined {
    if (/^[A-Za-z][A-Za-z0-9+.-]*:/.test(type)) return type;
    // A unit class (TemperatureUnit) is no quantity, whatever real documents use it for; nor is a schema's class.
    if (
      /Unit$|^(Object|Array|Enum|Map|Initialized|Override|Historical|Indexed|Cacheable|Required|ValueAnnotation|Error|State|Event|Location|[A-Za-z]*Vector|Mqtt)$/i.test(
        type,
      )
    ) {
      return undefined;
    }
    return this.version === 2 ? `dtmi:standard:class:${type};2` : `dtmi:dtdl:extension:quantitativeTypes:v1:class:${type}`;
  }
}

function kindNamed(type: string): Kind | undefined {
  const term = lastTerm(type);
  return KINDS.find((kind) => kind.toLowerCase() === term.toLowerCase());
}

function kindOf(content: Members): Kind | undefined {
  return textsOf(content, '@type').map(kindNamed).find((kind) => kind !== undefined); // prettier-ignore
}

function describe(content: Members): string | undefined {
  return localText(memberOf(content, 'description')) ?? asText(memberOf(content, 'comment'));
}

/** `degreeCelsius`, also when it is written as a DTMI or as an object with an id. */
function unitOf(unit: unknown): unknown {
  if (isMembers(unit)) return unitOf(memberOf(unit, '@id') ?? memberOf(unit, 'name'));
  return typeof unit === 'string' && unit.startsWith('dtmi:') ? lastTerm(unit) : unit;
}
