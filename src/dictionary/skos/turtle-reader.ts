import { setImmediate } from 'node:timers/promises';
import N3 from 'n3';
import { DomainError } from '../../problems/domain-error.js';
import { MAX_TRIPLES, type RdfTriple } from './rdf.js';

/** Characters parsed between two chances for other requests. */
const CHUNK = 32_768;

/**
 * Reads a Turtle document piece by piece. Nothing is fetched; IRIs must be absolute or have a base in the document.
 * @throws DomainError `validation-failed` for what is no Turtle, `payload-too-large` for more than {@link MAX_TRIPLES} triples
 */
export async function readTurtle(text: string): Promise<RdfTriple[]> {
  const triples: RdfTriple[] = [];
  const listeners = new Map<string, (chunk?: string) => void>();
  const failure: { error?: Error } = {};
  const parser = new N3.Parser({ format: 'text/turtle' });
  const source = { on: (event: string, listener: (chunk?: string) => void) => void listeners.set(event, listener) };
  parser.parse(source as unknown as Parameters<typeof parser.parse>[0] & string, (error: Error | null, quad: RdfTriple | null) => {
    if (error !== null) failure.error ??= error;
    else if (quad !== null && triples.length <= MAX_TRIPLES) triples.push(quad);
  });
  for (let start = 0; start < text.length; start += CHUNK) {
    listeners.get('data')?.(text.slice(start, start + CHUNK));
    refuseFault(failure.error, triples.length);
    await setImmediate();
  }
  listeners.get('end')?.();
  await setImmediate();
  refuseFault(failure.error, triples.length);
  return triples;
}

function refuseFault(error: Error | undefined, triples: number): void {
  if (triples > MAX_TRIPLES) throw new DomainError('payload-too-large', `A document may hold at most ${MAX_TRIPLES} triples.`);
  if (error === undefined) return;
  const detail = `The document is not valid Turtle: ${error.message.slice(0, 300)}`;
  throw new DomainError('validation-failed', detail, { pointer: '', errors: [{ pointer: '', detail }], cause: error });
}
