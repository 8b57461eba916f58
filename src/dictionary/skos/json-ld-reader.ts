import jsonld from 'jsonld';
import { DomainError } from '../../problems/domain-error.js';
import { guardJsonLd, KNOWN_CONTEXTS } from './json-ld-guard.js';
import { MAX_TRIPLES, type RdfTriple, type Unmapped } from './rdf.js';

/** What the processor tells of what it drops. */
interface ProcessorEvent {
  readonly event: { readonly code?: string; readonly message?: string; readonly details?: Readonly<Record<string, unknown>> };
}

/** Events that a reader of the answer should see, in our words. */
const DROPPED: Readonly<Record<string, string>> = {
  'invalid property': 'is no IRI under the contexts of the document',
  'relative @id reference': 'is a relative reference',
  'relative subject reference': 'is a relative subject',
  'relative predicate reference': 'is a relative predicate',
  'relative object reference': 'is a relative object',
  'relative type reference': 'is a relative type',
  'relative @type reference': 'is a relative type',
  'invalid @language value': 'is not a valid language tag',
  'reserved term': 'looks like a keyword and is not read',
  'object with only @id': 'says nothing of its node',
  'object with only @language': 'holds no value',
  'object with only @list': 'holds no value',
  'object with only @value': 'has no property',
  'empty object': 'holds nothing',
  'free-floating scalar': 'has no property',
};

function unmappedOf({ event: { code = '', details = {} } }: ProcessorEvent): Unmapped | undefined {
  const detail = DROPPED[code];
  if (detail === undefined) return undefined;
  const place =
    details.property ??
    details.id ??
    details.subject ??
    details.predicate ??
    details.object ??
    details.type ??
    details.term ??
    details.value ??
    details.language;
  return { place: typeof place === 'string' ? place.slice(0, 300) : JSON.stringify(place ?? '').slice(0, 300), detail };
}

/**
 * Reads a JSON-LD document as triples. Nothing is fetched.
 * @throws DomainError `validation-failed` for what is no JSON-LD or needs something fetched, `payload-too-large`
 */
export async function readJsonLd(document: unknown): Promise<{ triples: RdfTriple[]; unmapped: Unmapped[] }> {
  guardJsonLd(document);
  const unmapped: Unmapped[] = [];
  const options = {
    documentLoader: (url: string) => {
      const known = KNOWN_CONTEXTS[url];
      if (known === undefined) throw new Error(`The context ${url} is not known here and is never fetched.`);
      return Promise.resolve({ documentUrl: url, document: known });
    },
    eventHandler: (given: ProcessorEvent & { next: () => void }) => {
      const dropped = unmappedOf(given);
      if (dropped !== undefined) unmapped.push(dropped);
    },
  };
  try {
    const dataset = (await jsonld.toRDF(
      document as jsonld.JsonLdDocument,
      options as unknown as jsonld.Options.ToRdf,
    )) as unknown as RdfTriple[];
    if (dataset.length > MAX_TRIPLES) throw new DomainError('payload-too-large', `A document may hold at most ${MAX_TRIPLES} triples.`);
    return { triples: dataset, unmapped };
  } catch (error) {
    if (error instanceof DomainError) throw error;
    const reason = error instanceof Error ? error.message.slice(0, 300) : 'it cannot be read';
    const detail = `The document is not valid JSON-LD: ${reason}`;
    throw new DomainError('validation-failed', detail, { pointer: '', errors: [{ pointer: '', detail }], cause: error });
  }
}
