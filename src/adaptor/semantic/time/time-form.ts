import { DateTime, IANAZone } from 'luxon';
import { numberOf } from '../../../kernel/exact-json.js';
import { StepError } from '../semantic-step.js';

/** How a time is written. */
export interface TimeForm {
  /** `rfc3339`, `epoch-ms`, `epoch-s`, or a pattern of Luxon. */
  readonly format: string;
  /** IANA name; of a pattern without an offset it says where its times are. On writing, `rfc3339` and patterns are in it; without one in UTC. */
  readonly zone?: string;
}

/** A year from 1 to 9999, with a zone; a leap second is taken for the next one. */
const RFC3339 =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])[Tt ](?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;
const MAX_MS = 253_402_300_799_999;
const HAS_OFFSET = /[zZ]/;

/** What is wrong with a form; undefined when it can be used. */
export function faultOfTimeForm({ format, zone }: TimeForm): string | undefined {
  if (zone !== undefined && !IANAZone.isValidZone(zone)) return `names the time zone ${zone}, which is not known`;
  if (format === 'rfc3339' || format === 'epoch-ms' || format === 'epoch-s') return undefined;
  const unquoted = format.replace(/'[^']*'/g, '');
  if (!/[yLMdoHhmsSxXkWn]/.test(unquoted)) return 'has a pattern in which nothing stands for a part of a time';
  if (zone === undefined && !HAS_OFFSET.test(unquoted)) return 'needs a zone, since its pattern has no offset';
  const sample = DateTime.fromMillis(1_700_000_000_000, { zone: zone ?? 'utc', locale: 'en-GB' });
  return DateTime.fromFormat(sample.toFormat(format), format, { zone: zone ?? 'utc', locale: 'en-GB' }).isValid
    ? undefined
    : 'has a pattern that cannot read what it writes';
}

/**
 * The instant, in milliseconds since 1970.
 * @throws StepError when the value is not a time of this form, or an hour that summer time left out
 */
export function readTime(value: unknown, form: TimeForm): number {
  const { format, zone } = form;
  if (format === 'epoch-ms' || format === 'epoch-s') {
    const number = numberOf(value);
    const ms = number === undefined ? NaN : Math.round(format === 'epoch-s' ? number * 1_000 : number);
    if (!(Math.abs(ms) <= MAX_MS)) throw new StepError(`is not a time in ${format === 'epoch-s' ? 'seconds' : 'milliseconds'} since 1970`);
    return ms;
  }
  if (typeof value !== 'string' || value.length > 128) throw new StepError('is not a text that could be a time');
  if (format === 'rfc3339') {
    const ms = RFC3339.test(value)
      ? Date.parse(value.toUpperCase().replace(' ', 'T').replace(':60', ':59')) + (value.slice(16, 19) === ':60' ? 1_000 : 0)
      : NaN;
    if (Number.isNaN(ms)) throw new StepError('is not an RFC 3339 time with a zone');
    return ms;
  }
  const time = DateTime.fromFormat(value, format, { zone: zone ?? 'utc', locale: 'en-GB' });
  if (!time.isValid) throw new StepError(`is not a time of the pattern ${format}`);
  if (zone !== undefined && !HAS_OFFSET.test(format.replace(/'[^']*'/g, '')) && time.toFormat(format) !== value && isLeftOut(value, form)) {
    throw new StepError(`is a time that there is not in ${zone}: the clocks were put forward`);
  }
  return time.toMillis();
}

/** The instant in this form. */
export function writeTime(ms: number, { format, zone }: TimeForm): string | number {
  if (format === 'epoch-ms') return ms;
  if (format === 'epoch-s') return Math.floor(ms / 1_000);
  if (format === 'rfc3339' && zone === undefined) return new Date(ms).toISOString();
  const time = DateTime.fromMillis(ms, { zone: zone ?? 'utc', locale: 'en-GB' });
  if (!time.isValid || time.year > 9_999 || time.year < 1) throw new StepError('is beyond what can be written as a time');
  return format === 'rfc3339' ? time.toISO() : time.toFormat(format);
}

/** Luxon moves a local time that does not exist; read as UTC it would have been another hour. */
function isLeftOut(value: string, { format, zone }: TimeForm): boolean {
  const local = DateTime.fromFormat(value, format, { zone: zone ?? 'utc', locale: 'en-GB' });
  const plain = DateTime.fromFormat(value, format, { zone: 'utc', locale: 'en-GB' });
  return local.hour !== plain.hour || local.minute !== plain.minute;
}
