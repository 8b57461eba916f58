import { parseUriId } from '../../kernel/ids.js';
import { findOnCycle } from '../term/hierarchy.js';
import { SubmissionPlaces } from '../term/submission-places.js';
import { readTermContent } from '../term/term-submission.js';
import { Units } from '../unit/units.js';
import { URBAN } from './builtin-term.js';
import { URBAN_TERMS } from './urban-vocabulary.js';

const IRIS = new Set(URBAN_TERMS.map(({ iri }) => iri));

describe('the built-in urban vocabulary', () => {
  const units = new Units();

  it('holds terms as they would be stored: valid, canonical, each once', () => {
    expect(URBAN_TERMS.length).toBeGreaterThan(100);
    expect(IRIS.size).toBe(URBAN_TERMS.length);
    for (const { iri, content } of URBAN_TERMS) {
      const places = new SubmissionPlaces();
      const read = readTermContent(parseUriId(iri), content, units, places);
      expect({ iri, faults: places.faults }).toEqual({ iri, faults: [] });
      expect(read).toEqual(content);
    }
  });

  it('refers within itself only to terms that it has, without cycles', () => {
    const references = URBAN_TERMS.flatMap(({ content }) => [...content.broader, ...content.exactMatch, ...content.closeMatch]);
    expect(references.filter((iri) => iri.startsWith(URBAN) && !IRIS.has(iri))).toEqual([]);
    expect(
      findOnCycle(URBAN_TERMS.flatMap(({ iri, content }) => content.broader.map((target) => ({ term: iri, target })))),
    ).toBeUndefined();
  });

  it('never makes two of its terms mean the same by way of a third', () => {
    const claims = new Map<string, string>();
    for (const { iri, content } of URBAN_TERMS) {
      for (const match of content.exactMatch) {
        expect({ match, also: claims.get(match) }).toEqual({ match, also: undefined });
        claims.set(match, iri);
      }
    }
  });

  it('gives a narrower term a unit that its broader one can be converted to', () => {
    const byIri = new Map(URBAN_TERMS.map(({ iri, content }) => [iri, content]));
    for (const { iri, content } of URBAN_TERMS) {
      for (const broader of content.broader) {
        const unit = byIri.get(broader)?.unit;
        if (content.unit === undefined || unit === undefined) continue;
        expect({ iri, broader, fits: units.commensurable(units.read(content.unit), units.read(unit)) }).toEqual({
          iri,
          broader,
          fits: true,
        });
      }
    }
  });
});
