import type { Geometry } from 'geojson';
import { parseGeometry } from '../../kernel/geo/geometry-parser.js';
import { GeometryRefused } from '../../kernel/geo/geometry-refused.js';
import { faultOfEndpointUrl } from '../endpoint-url.js';
import { readInstant } from '../instant.js';
import { LEASE_SECONDS } from '../registration-status.js';
import type { AccessTerms, Endpoint } from '../twin.js';
import { guessDomain } from './domain-guess.js';
import { FeatureNames } from './feature-names.js';
import { type ImportFormat, MAX_IMPORTED_FEATURES } from './import-format.js';
import type { FeatureDraft, ImportedFeature, ImportedModel } from './imported-model.js';
import { asLine, asProse, lastPart, uriFor } from './imported-text.js';
import { Notes } from './notes.js';
import type { ForeignUnits, UnitHint } from './unit-reader.js';

const MAX_ENDPOINTS = 16;
const MAX_LABELS = 64;
const MAX_OBJECTS = 100;
/** Bytes that the features may take as JSON: a profile has room for 256 KB in all. */
const MAX_FEATURE_BYTES = 200_000;

/** A profile while a reader goes through a document. It keeps the profile's limits: what is too much or not allowed there is listed as unmapped. */
export class ModelDraft {
  readonly notes = new Notes();
  private readonly names = new FeatureNames();
  private readonly features: ImportedFeature[] = [];
  private readonly objects = new Set<string>();
  private readonly endpoints = new Map<string, Endpoint>();
  private readonly labels = new Map<string, string>();
  private readonly hints: string[] = [];
  private bytes = 0;
  private title: string | undefined;
  private prose: string | undefined;
  private subject: string | undefined;
  private place: Geometry | undefined;
  private from: string | undefined;
  private to: string | undefined;
  private ttl: number | undefined;
  private terms: AccessTerms = {};

  constructor(
    readonly format: ImportFormat,
    private readonly units: ForeignUnits,
  ) {}

  /** Name of the twin; the first that is given counts. */
  name(text: string | undefined): void {
    this.title ??= text === undefined ? undefined : asLine(text, 200);
  }

  /** Description of the twin; the first that is given counts. */
  description(text: string | undefined): void {
    this.prose ??= text === undefined ? undefined : asProse(text, 4_000);
  }

  /** The subject area that the document names, from which the domain is guessed. */
  subjectArea(text: string | undefined): void {
    this.subject ??= text;
  }

  /** A type or title, from which the domain is guessed when there is no subject area. */
  hint(text: string | undefined): void {
    if (text !== undefined) this.hints.push(text);
  }

  /** The physical thing; an identifier that is no URI is made one. */
  object(identifier: string, pointer: string): void {
    if (this.objects.size >= MAX_OBJECTS) this.notes.unmapped(pointer, `A profile has at most ${MAX_OBJECTS} objects of interest.`);
    else this.objects.add(uriFor(identifier));
  }

  /** Where the twin's object is; whether the geometry could be taken. */
  area(geometry: unknown, pointer: string): boolean {
    try {
      this.place = parseGeometry(geometry);
      return true;
    } catch (error) {
      if (!(error instanceof GeometryRefused)) throw error;
      this.notes.unmapped(pointer + error.pointer, `Not a geometry that a coverage may have: ${error.detail}.`);
      return false;
    }
  }

  /** From when to when the twin speaks for its object. */
  validity(from: unknown, to: unknown, pointer: string): void {
    const [start, end] = [from, to].map((value) => readInstant(typeof value === 'string' ? value : undefined));
    if ((from !== undefined && start === undefined) || (to !== undefined && end === undefined)) {
      this.notes.unmapped(pointer, 'Holds a time that is no RFC 3339 time with a zone.');
    }
    if (start !== undefined && end !== undefined && Date.parse(start) >= Date.parse(end)) {
      this.notes.unmapped(pointer, 'Ends before it starts.');
      return;
    }
    [this.from, this.to] = [start, end];
  }

  /** How long the registration holds unless it is renewed. */
  lease(ttlSeconds: unknown, pointer: string): void {
    const fits =
      typeof ttlSeconds === 'number' && Number.isInteger(ttlSeconds) && ttlSeconds >= LEASE_SECONDS.min && ttlSeconds <= LEASE_SECONDS.max;
    if (fits) this.ttl = ttlSeconds;
    else this.notes.unmapped(pointer, `A lease runs for ${LEASE_SECONDS.min} to ${LEASE_SECONDS.max} whole seconds.`);
  }

  /** On what terms others may use the twin. */
  accessTerms(terms: AccessTerms): void {
    this.terms = { ...this.terms, ...terms };
  }

  /** An address at which the thing itself can be reached; the same one again is no other. */
  endpoint({ url, format, protocol }: { url: string; format?: string; protocol?: string }, pointer: string): void {
    const fault = url.length > 2_048 ? 'must have at most 2,048 characters' : faultOfEndpointUrl(url);
    if (fault !== undefined) {
      this.notes.unmapped(pointer, `Not an address that an endpoint may have: it ${fault}.`);
      return;
    }
    if (this.endpoints.has(url)) return;
    if (this.endpoints.size >= MAX_ENDPOINTS) {
      this.notes.unmapped(pointer, `A profile has at most ${MAX_ENDPOINTS} endpoints.`);
      return;
    }
    const named = format === undefined ? undefined : asLine(format, 64);
    this.endpoints.set(url, { protocol: protocol ?? protocolOf(url), url, ...(named === undefined ? {} : { format: named }) });
  }

  /** A label; names and values are cut where labels end. */
  label(name: string, value: string, pointer: string): void {
    const [key, text] = [asLine(name, 63), asLine(value, 256)];
    if (key === undefined || text === undefined) this.notes.unmapped(pointer, 'Says nothing that a label could hold.');
    else if (!this.labels.has(key) && this.labels.size >= MAX_LABELS) {
      this.notes.unmapped(pointer, `A profile has at most ${MAX_LABELS} labels.`);
    } else this.labels.set(key, text);
  }

  /** The canonical form of a foreign unit. One that nobody can read is listed as unmapped. */
  unit(code: unknown, hint: UnitHint, pointer: string): string | undefined {
    if (code === undefined || code === null || code === '') return undefined;
    const unit = typeof code === 'string' ? this.units.readForeign(code, hint) : undefined;
    if (unit !== undefined) return unit.code;
    this.notes.unmapped(pointer, `The unit ${JSON.stringify(code).slice(0, 100)} could not be read.`);
    return undefined;
  }

  /** A feature. Names that a feature may not have, or that are taken, are changed, with a warning. */
  feature({ meaning = {}, ...draft }: FeatureDraft, pointer: string): void {
    const { kind, description, unit, schema, input, output, idempotent } = draft;
    const size = Buffer.byteLength(JSON.stringify(draft));
    if (this.features.length >= MAX_IMPORTED_FEATURES) {
      this.notes.unmapped(pointer, `A profile has at most ${MAX_IMPORTED_FEATURES} features.`);
      return;
    }
    if (this.bytes + size > MAX_FEATURE_BYTES) {
      this.notes.unmapped(pointer, `With it, the features would take more than ${MAX_FEATURE_BYTES} bytes.`);
      return;
    }
    this.bytes += size;
    const name = this.names.take(draft.name);
    if (name !== draft.name) this.notes.warn(`The feature ${JSON.stringify(draft.name).slice(0, 140)} is called ${name} here.`);
    const prose = description === undefined ? undefined : asProse(description, 1_000);
    const spec = {
      kind,
      name,
      version: '1.0.0',
      ...(prose === undefined ? {} : { description: prose }),
      ...(unit === undefined ? {} : { unit }),
      ...(kind === 'data'
        ? { schema: schema ?? true }
        : { input: input ?? true, ...(output === undefined ? {} : { output }), ...(idempotent === true ? { idempotent } : {}) }),
    };
    this.features.push({ spec, meaning, pointer });
  }

  /** The profile so far, under the identifier of the document. */
  finish(identifier: string): ImportedModel {
    const id = uriFor(identifier);
    if (id !== identifier) this.notes.warn(`The identifier ${JSON.stringify(identifier).slice(0, 200)} is no URI; the twin is ${id}.`);
    const domain = guessDomain(this.subject, this.hints);
    return {
      format: this.format,
      id,
      name: this.title ?? asLine(lastPart(identifier), 200) ?? 'Imported twin',
      description: this.prose,
      domain,
      objectOfInterest: [...this.objects],
      area: this.place,
      validFrom: this.from,
      validTo: this.to,
      endpoints: [...this.endpoints.values()],
      labels: Object.fromEntries(this.labels),
      accessTerms: Object.keys(this.terms).length === 0 ? undefined : this.terms,
      ttlSeconds: this.ttl,
      features: this.features,
      unmapped: this.notes.unmappedPlaces,
      unmappedTotal: this.notes.unmappedTotal,
      warnings: this.notes.warnings,
    };
  }
}

function protocolOf(url: string): string {
  const scheme = url.slice(0, url.indexOf(':')).toLowerCase();
  return scheme === 'https' || scheme === 'wss' || scheme === 'mqtts' || scheme === 'amqps' || scheme === 'coaps'
    ? scheme.slice(0, -1)
    : scheme;
}
