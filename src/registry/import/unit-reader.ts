/** Which list a foreign unit is likely from. */
export type UnitHint = 'unece' | 'dtdl' | 'qudt';

/** What readers need of the dictionary's units. */
export interface ForeignUnits {
  /** The unit that a foreign code means; undefined when it means none. Takes canonical UCUM too. */
  readForeign(code: string, hint?: UnitHint): { readonly code: string } | undefined;
}
