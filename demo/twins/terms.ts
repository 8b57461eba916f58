/**
 * Terms of the broker's built-in urban vocabulary. The fire and the building twin ask by them; the others describe their features in the words of Smart
 * Data Models, and the dictionary knows which of those mean the same.
 */
const URBAN = 'urn:twinfed:vocabulary:urban:';
const SMART_DATA_MODELS = 'https://smartdatamodels.org/dataModel.';

/** The IRI of a built-in term. */
export function urban(name: string): string {
  return URBAN + name;
}

/** The IRI of a property of Smart Data Models, such as `Building/peopleOccupancy`. */
export function smartDataModels(name: string): string {
  return SMART_DATA_MODELS + name;
}

/** An IRI by which things are named, whatever they are. */
export const IDENTIFIER = 'https://schema.org/identifier';

/** What no vocabulary has a term for, and the twins of this city have agreed on one. */
export function agreed(name: string): string {
  return `https://city.example.org/terms#${name}`;
}

/** A term as people write it: `Building/peopleOccupancy` of Smart Data Models, or the name of a built-in one. */
export function termName(iri: string): string {
  if (iri.startsWith(SMART_DATA_MODELS)) return `Smart Data Models’ ${iri.slice(SMART_DATA_MODELS.length)}`;
  return iri.startsWith(URBAN) ? iri.slice(URBAN.length) : iri;
}
