import fc from 'fast-check';
import { canonicalJson } from '../../kernel/canonical-json.js';
import { parseDto } from '../../problems/dto-validation.js';
import { TRAFFIC_TWIN } from '../dto/examples.js';
import { TwinProfileDto } from '../dto/twin-profile.dto.js';
import { readPlainProfile } from './plain-profile.js';

const PLAIN = {
  id: 'urn:test:twin:1',
  name: 'Zählstelle 7 ✓',
  description: 'Two\nlines.',
  domain: 'traffic',
  objectOfInterest: ['urn:test:road:7'],
  coverage: { area: { type: 'Point', coordinates: [1, 2] }, validFrom: '2026-01-01T00:00:00Z', validTo: null },
  synchronization: { direction: 'bidirectional', periodMs: 1000, desiredAgeMs: 1 },
  endpoints: [{ protocol: 'http', url: 'https://example.org', format: 'json' }],
  labels: { city: 'Köln' },
  access: 'listed',
  lease: { ttlSeconds: 60 },
  features: [
    { kind: 'data', name: 'flow', version: '1.2.3', semanticType: 'https://example.org/flow', unit: 'km/h', schema: { type: 'number' } },
    { kind: 'function', name: 'close', input: true, output: { type: 'object' }, description: 'Closes.', format: 'xml' },
  ],
  needs: [{ kind: 'data', name: 'speed', unit: 'm/s', schema: true, format: 'csv', formatOptions: { delimiter: ';' } }],
};

/** Values that rules stumble over, where a rule expects something else. */
const odd = fc.constantFrom<unknown>(
  null, true, 0, -1, 1, 1.5, 1e9, 31_536_000, 31_536_001, '', ' ', 'x', 'urn:x:y', 'traffic', 'Traffic', 'data', 'private', '1.0.0', '01.0.0', '1.0.0-a+b',
  'a b', 'a\nb', 'a\u0000b', '\ud800', '\u2028', 'é', '2026-01-01T00:00:00Z', '2026-02-30T00:00:00Z', 'x'.repeat(64), 'x'.repeat(201), 'x'.repeat(5000),
  [], ['x'], [1], [null], [[]], {}, { a: 1 }, { toString: 1 }, { ttlSeconds: 60 }, { ttlSeconds: 4 }, { ttlSeconds: 60, toleranceSeconds: 5 },
  JSON.parse('{"__proto__":{}}'),
); // prettier-ignore
const strangeName = fc.constantFrom(
  'constructor',
  'toString',
  '__proto__',
  'accessTerms',
  'composition',
  'owner',
  'x',
  'access',
  'unit',
  'format',
);

type Place = readonly (string | number)[];

function placesIn(value: unknown, at: Place = []): Place[] {
  if (typeof value !== 'object' || value === null) return [at];
  return [at, ...Object.entries(value).flatMap(([key, member]) => placesIn(member, [...at, Array.isArray(value) ? Number(key) : key]))];
}

/** A copy with one place set to another value, or with another member. */
function altered(root: unknown, place: Place, value: unknown, name?: string): unknown {
  const copy = structuredClone(root) as Record<string, unknown>;
  let at: unknown = copy;
  for (const step of place.slice(0, -1)) at = (at as Record<string | number, unknown>)[step];
  const last = place.at(-1);
  if (last === undefined) return copy;
  const holder = at as Record<string | number, unknown>;
  if (name === undefined) holder[last] = value;
  else if (typeof holder[last] === 'object' && holder[last] !== null)
    Object.defineProperty(holder[last], name, { value, enumerable: true, writable: true, configurable: true });
  return copy;
}

function accepts(value: unknown): unknown {
  try {
    return parseDto(TwinProfileDto, value);
  } catch {
    return undefined;
  }
}

describe('the short cut for plain profiles', () => {
  it('takes the profiles that a bulk is mostly made of', () => {
    expect(readPlainProfile(PLAIN)).toBe(PLAIN);
    expect(readPlainProfile({ name: 'x', domain: 'y' })).toBeDefined();
    expect(canonicalJson({ ...parseDto(TwinProfileDto, PLAIN) })).toBe(canonicalJson(PLAIN));
    expect(accepts(TRAFFIC_TWIN)).toBeDefined();
  });

  it('accepts only what the long way accepts, as the same profile', () => {
    const alteration = fc.tuple(fc.constantFrom(...placesIn(PLAIN)), odd, fc.option(strangeName, { nil: undefined }));
    let taken = 0;
    fc.assert(
      fc.property(fc.array(alteration, { minLength: 1, maxLength: 2 }), (alterations) => {
        let value: unknown = PLAIN;
        for (const [place, replacement, name] of alterations) {
          try {
            value = altered(value, place, replacement, name);
          } catch {
            // The place is gone by an earlier alteration.
          }
        }
        value = JSON.parse(JSON.stringify(value));
        if (readPlainProfile(value) === undefined) return;
        taken += 1;
        const long = accepts(value);
        expect(long).toBeDefined();
        expect(JSON.stringify({ ...(long as object) })).toBe(JSON.stringify(value));
      }),
      { numRuns: 3_000 },
    );
    expect(taken).toBeGreaterThan(100);
  });
});
