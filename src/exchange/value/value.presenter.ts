import type { LastValue } from './last-value.service.js';

/** A last value as JSON text; the value's own text is spliced in untouched. */
export function valueText({ value, ...facts }: LastValue): string {
  return `${JSON.stringify(facts).slice(0, -1)},"value":${value}}`;
}
