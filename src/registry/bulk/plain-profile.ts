/**
 * A short cut for profiles that are plainly in order. class-validator takes a hundred times as long as this to say the same, and a bulk is mostly made of
 * such profiles. What is not recognised here is not refused: it goes the long way, which also knows what to say. A test holds the two together: what
 * this accepts, the long way accepts as the same profile.
 */
import { MAX_UNIT_LENGTH } from '../../dictionary/unit/unit-expression.js';
import { MAX_ID_LENGTH, parseUriId } from '../../kernel/ids.js';
import { FEATURE_NAME, FORMAT_NAME } from '../dto/feature.dto.js';
import { MAX_NEEDS } from '../dto/feature-need.dto.js';
import { DOMAIN, type TwinProfileDto } from '../dto/twin-profile.dto.js';
import { readInstant } from '../instant.js';
import { LEASE_SECONDS, TOLERANCE_SECONDS } from '../registration-status.js';

type Json = Readonly<Record<string, unknown>>;
type Rule = (value: unknown) => boolean;

const CONTROL = /[\p{Cc}\p{Cs}\u2028\u2029]/u;
const CONTROL_BUT_LINES = /[\p{Cs}]|(?![\t\n\r])\p{Cc}/u;
const PROTOCOL = /^[a-z][a-z0-9-]{0,31}$/;
const PLAIN_VERSION = /^(?:0|[1-9]\d{0,8})\.(?:0|[1-9]\d{0,8})\.(?:0|[1-9]\d{0,8})$/;
const PLAIN_IRI = /^(?:https?|urn):[A-Za-z0-9/#?&=._:~%+-]{1,500}$/;
const ONE_YEAR_MS = 31_536_000_000;

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every member is known and keeps its rule; those required are there. */
function has(rules: Readonly<Record<string, Rule>>, required: readonly string[]): Rule {
  const known = new Map(Object.entries(rules));
  return (value) => {
    if (!isObject(value)) return false;
    for (const name of required) if (value[name] === undefined) return false;
    for (const name of Object.keys(value)) if (known.get(name)?.(value[name]) !== true) return false;
    return true;
  };
}

const listOf =
  (max: number, rule: Rule): Rule =>
  (value) =>
    Array.isArray(value) && value.length <= max && value.every(rule);
const oneOf =
  (...values: readonly unknown[]): Rule =>
  (value) =>
    values.includes(value);
const matching =
  (pattern: RegExp): Rule =>
  (value) =>
    typeof value === 'string' && pattern.test(value);
const line =
  (max: number): Rule =>
  (value) =>
    typeof value === 'string' && value.length <= max && value.trim() !== '' && !CONTROL.test(value);
const prose =
  (max: number): Rule =>
  (value) =>
    typeof value === 'string' && value.length <= max && !CONTROL_BUT_LINES.test(value);
const whole =
  (low: number, high: number): Rule =>
  (value) =>
    Number.isInteger(value) && (value as number) >= low && (value as number) <= high;
const orNull =
  (rule: Rule): Rule =>
  (value) =>
    value === null || rule(value);
const anything: Rule = () => true;
const instant: Rule = (value) => readInstant(value) !== undefined;
const uri: Rule = (value) => {
  if (typeof value !== 'string' || value.length > MAX_ID_LENGTH) return false;
  try {
    return parseUriId(value) === value;
  } catch {
    return false;
  }
};

const isPlain = has(
  {
    id: uri,
    name: line(200),
    description: prose(4000),
    domain: matching(DOMAIN),
    objectOfInterest: listOf(100, (value) => typeof value === 'string'),
    coverage: has({ area: anything, validFrom: orNull(instant), validTo: orNull(instant) }, []),
    synchronization: has(
      {
        direction: oneOf('physical-to-twin', 'twin-to-physical', 'bidirectional'),
        periodMs: whole(1, ONE_YEAR_MS),
        desiredAgeMs: whole(1, ONE_YEAR_MS),
      },
      ['direction'],
    ),
    endpoints: listOf(
      16,
      has({ protocol: matching(PROTOCOL), url: (url) => typeof url === 'string' && url.length <= 2048, format: line(64) }, [
        'protocol',
        'url',
      ]),
    ),
    labels: isObject,
    access: oneOf('private', 'listed'),
    lease: orNull(
      has(
        {
          ttlSeconds: whole(LEASE_SECONDS.min, LEASE_SECONDS.max),
          toleranceSeconds: whole(TOLERANCE_SECONDS.min, TOLERANCE_SECONDS.max),
        },
        ['ttlSeconds'],
      ),
    ),
    features: listOf(
      200,
      has(
        {
          kind: oneOf('data', 'function'),
          name: matching(FEATURE_NAME),
          version: matching(PLAIN_VERSION),
          semanticType: matching(PLAIN_IRI),
          description: prose(1000),
          unit: line(MAX_UNIT_LENGTH),
          schema: anything,
          input: anything,
          output: anything,
          idempotent: oneOf(true, false),
          format: matching(FORMAT_NAME),
          formatOptions: anything,
        },
        ['kind', 'name'],
      ),
    ),
    needs: listOf(
      MAX_NEEDS,
      has(
        {
          kind: oneOf('data', 'function'),
          name: matching(FEATURE_NAME),
          semanticType: matching(PLAIN_IRI),
          description: prose(1000),
          unit: line(MAX_UNIT_LENGTH),
          schema: anything,
          input: anything,
          output: anything,
          format: matching(FORMAT_NAME),
          formatOptions: anything,
        },
        ['kind', 'name'],
      ),
    ),
  },
  ['name', 'domain'],
);

/** The value as the DTO that it plainly is; undefined when that takes a closer look. */
export function readPlainProfile(value: unknown): TwinProfileDto | undefined {
  return isPlain(value) ? (value as TwinProfileDto) : undefined;
}
