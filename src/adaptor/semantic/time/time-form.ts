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
  if (format === 'rfc3339') return readRfc3339(value);
  if (zone === undefined || HAS_OFFSET.test(format.replace(/'[^']*'/g, ''))) {
    const time = DateTime.fromFormat(value, format, { zone: zone ?? 'utc', locale: 'en-GB' });
    if (!time.isValid) throw new StepError(`is not a time of the pattern ${format}`);
    return time.toMillis();
  }
  return readLocal(value, format, zone);
}

function readRfc3339(value: string): number {
  if (!RFC3339.test(value) || !isDayOfMonth(value)) throw new StepError('is not an RFC 3339 time with a zone');
  const isLeapSecond = value.slice(16, 19) === ':60';
  const plain = `${value.slice(0, 10)}T${value.slice(11, 17)}${isLeapSecond ? '59' : value.slice(17, 19)}${value.slice(19).toUpperCase()}`;
  return Date.parse(plain) + (isLeapSecond ? 1_000 : 0);
}

function isDayOfMonth(value: string): boolean {
  const day = new Date(`${value.slice(0, 10)}T00:00:00Z`);
  return day.getUTCDate() === Number(value.slice(8, 10));
}

/** A day, in which a zone changes its offset at most once. */
const DAY_MS = 86_400_000;

/** Of a time that comes twice the first is meant; Luxon itself would decide by the offset of today. */
function readLocal(value: string, format: string, zone: string): number {
  const local = DateTime.fromFormat(value, format, { zone: 'utc', locale: 'en-GB' });
  if (!local.isValid) throw new StepError(`is not a time of the pattern ${format}`);
  const [ms, iana] = [local.toMillis(), IANAZone.create(zone)];
  const offsets = [iana.offset(ms - DAY_MS), iana.offset(ms + DAY_MS)];
  const instants = offsets.map((offset) => ms - offset * 60_000).filter((instant, index) => iana.offset(instant) === offsets[index]);
  if (instants.length === 0) throw new StepError(`is a time that there is not in ${zone}: the clocks were put forward`);
  return Math.min(...instants);
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
