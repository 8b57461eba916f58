import type { Format } from 'ajv';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import type { WorkBudget } from './work-budget.js';

/**
 * The formats of JSON Schema that are checked; others (also those of OpenAPI and of ajv itself) are annotations. Each was read, and run on a megabyte of
 * hostile text: none takes more than linear time. Left out for that reason is `url`, which is no format of JSON Schema and is quadratic.
 */
const CHECKED_FORMATS = [
  'date',
  'time',
  'date-time',
  'duration',
  'email',
  'hostname',
  'ipv4',
  'ipv6',
  'uri',
  'uri-reference',
  'uri-template',
  'uuid',
  'json-pointer',
  'relative-json-pointer',
  'regex',
] as const;

/** Definitions for the validator that charge their work to a budget. */
export function checkedFormats(budget: WorkBudget): Record<string, Format> {
  return Object.fromEntries(
    CHECKED_FORMATS.map((name) => {
      const test = tester(fullFormats[name]);
      const validate = (text: string): boolean => {
        budget.spendOnText(text.length, 4);
        return test(text);
      };
      return [name, { type: 'string' as const, validate }];
    }),
  );
}

function tester(format: Format): (text: string) => boolean {
  const check: unknown = typeof format === 'object' && !(format instanceof RegExp) ? format.validate : format;
  if (check instanceof RegExp) return (text) => check.test(text);
  if (typeof check === 'function') return (text) => (check as (text: string) => unknown)(text) === true;
  throw new Error('a format of an unknown kind');
}
