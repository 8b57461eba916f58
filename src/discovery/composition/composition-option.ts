/**
 * How a search treats aggregated twins and their parts. `asIs`: as any other twins. `expand`: with the parts of those that are found. `collapse`: without
 * matches that are parts of another match.
 */
export const COMPOSITION_OPTIONS = ['asIs', 'expand', 'collapse'] as const;
export type CompositionOption = (typeof COMPOSITION_OPTIONS)[number];
