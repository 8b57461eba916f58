import { setImmediate } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { InvalidId, parseUriId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import { pointerToken } from '../../problems/dto-validation.js';
import { SubmissionPlaces } from '../term/submission-places.js';
import { readTermContent } from '../term/term-submission.js';
import type { TermContent, VocabularyContent } from '../term/term.js';
import { UnitRefused } from '../unit/unit-refused.js';
import { Units } from '../unit/units.js';
import { type ContextEntry, isContextDocument, readContext } from './context-reader.js';
import { readJsonLd } from './json-ld-reader.js';
import type { RdfTriple, Unmapped } from './rdf.js';
import { readSkos } from './skos-reader.js';
import { readTurtle } from './turtle-reader.js';

/** Terms checked between two chances for other requests. */
const BREATH = 200;

/** A term that a document speaks of. */
export interface ReadConcept {
  readonly iri: string;
  /** What the term says after the import, from what it said before. SKOS says the whole; a context adds to it. */
  readonly contentAfter: (before: TermContent | undefined) => TermContent;
}

/** A document read and checked. */
export interface ReadDocument {
  readonly scheme?: Partial<VocabularyContent>;
  readonly concepts: readonly ReadConcept[];
  readonly unmapped: readonly Unmapped[];
}

/** Reads documents of every format that a vocabulary can be imported from. */
@Injectable()
export class DocumentReader {
  constructor(private readonly units: Units) {}

  /**
   * @param document Turtle as text; JSON-LD (SKOS, or a context alone) as its value
   * @throws DomainError `validation-failed` with pointers `/<IRI>/<member>`, `payload-too-large`
   */
  async read(document: unknown, vocabulary: string): Promise<ReadDocument> {
    if (typeof document === 'string') return this.fromTriples(await readTurtle(document), vocabulary, []);
    if (isContextDocument(document)) return this.fromContext(document);
    if (typeof document !== 'object' || document === null) {
      const detail = 'must be a Turtle document, or a JSON-LD document that is an object or an array';
      throw new DomainError('validation-failed', `The body ${detail}.`, { pointer: '', errors: [{ pointer: '', detail }] });
    }
    const { triples, unmapped } = await readJsonLd(document);
    return this.fromTriples(triples, vocabulary, unmapped);
  }

  private async fromTriples(triples: readonly RdfTriple[], vocabulary: string, dropped: readonly Unmapped[]): Promise<ReadDocument> {
    const { scheme, concepts, unmapped: left } = readSkos(triples, vocabulary);
    const unmapped = [...dropped, ...left];
    const faults = new SubmissionPlaces();
    const read: ReadConcept[] = [];
    for (const [index, { iri, members }] of concepts.entries()) {
      if (index % BREATH === BREATH - 1) await setImmediate();
      if (!isUri(iri)) {
        unmapped.push({ place: `<${iri.slice(0, 300)}>`, detail: 'is no absolute URI of at most 512 ASCII characters' });
        continue;
      }
      const places = new SubmissionPlaces(`/${pointerToken(iri)}`);
      const content = readTermContent(iri, this.withReadableUnit(iri, members, unmapped), this.units, places);
      for (const { pointer, detail } of places.faults) faults.note(pointer, detail);
      read.push({ iri, contentAfter: () => content });
    }
    const described = scheme === undefined ? undefined : this.readScheme(scheme, faults);
    faults.settle();
    return { ...(described === undefined ? {} : { scheme: described }), concepts: read, unmapped };
  }

  /** A unit that nobody can read is left out and listed: it must not keep the rest from coming. */
  private withReadableUnit(
    iri: string,
    members: Readonly<Record<string, unknown>>,
    unmapped: Unmapped[],
  ): Readonly<Record<string, unknown>> {
    const { unit, ...rest } = members;
    if (typeof unit !== 'string') return members;
    try {
      this.units.read(unit);
      return members;
    } catch (error) {
      if (!(error instanceof UnitRefused)) throw error;
      unmapped.push({ place: `/${pointerToken(iri)}/unit`, detail: error.detail });
      return rest;
    }
  }

  private readScheme(scheme: Readonly<Record<string, unknown>>, places: SubmissionPlaces): Partial<VocabularyContent> {
    const license = scheme.license === undefined ? undefined : places.iri(scheme.license, '/license');
    return {
      titles: places.labels(scheme.titles, '/titles'),
      descriptions: places.prose(scheme.descriptions, '/descriptions'),
      ...(license === undefined ? {} : { license }),
    };
  }

  private fromContext(document: { '@context': unknown }): ReadDocument {
    const { entries, unmapped } = readContext(document);
    const byIri = new Map<string, ContextEntry[]>();
    for (const entry of entries) {
      const usable = isUri(entry.iri) && entry.name.length <= 200 && entry.name.trim() !== '' && !/[\p{Cc}\p{Cs}]/u.test(entry.name);
      if (usable) byIri.set(entry.iri, [...(byIri.get(entry.iri) ?? []), entry]);
      else
        unmapped.push({
          place: `/@context/${pointerToken(entry.name.slice(0, 300))}`,
          detail: 'has an IRI or a name that a term cannot have',
        });
    }
    const concepts = [...byIri].map(([iri, named]) => ({
      iri,
      contentAfter: (before?: TermContent) => named.reduce(withEntry, before ?? NOTHING),
    }));
    return { concepts, unmapped };
  }
}

const NOTHING: TermContent = {
  labels: {},
  alternativeLabels: {},
  definitions: {},
  notations: [],
  broader: [],
  exactMatch: [],
  closeMatch: [],
  values: [],
  status: 'ACTIVE',
};

/** A context adds a notation, and a value type where there is none. */
function withEntry(content: TermContent, { name, iri, valueType }: ContextEntry): TermContent {
  const known = content.notations.includes(name) || name === iri || content.notations.length >= 50;
  const notations = known ? content.notations : [...content.notations, name];
  return { ...content, notations, ...(content.valueType === undefined && valueType !== undefined ? { valueType } : {}) };
}

function isUri(text: string): boolean {
  try {
    return parseUriId(text) !== '';
  } catch (error) {
    if (error instanceof InvalidId) return false;
    throw error;
  }
}
