import { InvalidId, parseOrganizationId, parseTwinId, parseUriId } from '../../kernel/ids.js';
import { FEATURE_NAME } from '../../registry/dto/feature.dto.js';
import { DOMAIN } from '../../registry/dto/twin-profile.dto.js';
import { LIVE_STATUSES } from '../../registry/registration-status.js';
import { JsonPathRefused } from '../json-path/json-path-condition.js';
import { MAX_JSON_PATH, readJsonPath } from '../json-path/read-json-path.js';
import { readTextQuery } from '../text-query.js';
import type { FeatureCriterion, Leaf } from './query.js';
import { readArea } from './read-area.js';
import { flag, instant, isRecord, matching, members, numberFrom, oneOf, oneOrMore, type Read, refusedAt, textOf } from './read-values.js';

/** Characters of free text. */
export const MAX_TEXT = 1_000;
const MAX_CHOICES = 100;
/** Ids in one criterion. */
export const MAX_IDS = 1_000;
const MAX_FEATURES = 20;
const MAX_LABELS = 64;
const MAX_TERM = 2_000;
const LONGEST_MS = Number.MAX_SAFE_INTEGER;

type LeafContent = Leaf extends infer Each ? (Each extends Leaf ? Omit<Each, 'op' | 'pointer'> : never) : never;

function leaf(pointer: string, content: LeafContent): Leaf {
  return { op: 'leaf', pointer, ...content };
}

function id<T>(parse: (value: unknown) => T): Read<T> {
  return (value, pointer) => {
    try {
      return parse(value);
    } catch (error) {
      if (error instanceof InvalidId) throw refusedAt(pointer, error.detail);
      throw error;
    }
  };
}

const featureMembers = members<FeatureCriterion>({
  kind: oneOf(['data', 'function'] as const),
  name: matching(FEATURE_NAME, 'the name of a feature'),
  semanticTerm: textOf(MAX_TERM, 'the IRI or a name of a term'),
  exact: flag,
  close: flag,
  unit: textOf(200, 'a unit'),
  callableByMe: flag,
  terms: notGiven,
  dimension: notGiven,
});

function notGiven(_value: unknown, pointer: string): never {
  throw refusedAt(pointer, 'is not known');
}

function readFeature(value: unknown, pointer: string): Leaf {
  const feature = featureMembers(value, pointer);
  const { kind, name, semanticTerm, unit, callableByMe, exact, close } = feature;
  if ([kind, name, semanticTerm, unit, callableByMe].every((member) => member === undefined)) {
    throw refusedAt(pointer, 'needs a kind or a name, a semanticTerm, a unit or callableByMe');
  }
  if (semanticTerm === undefined && (exact !== undefined || close !== undefined))
    throw refusedAt(pointer, 'has exact or close without a semanticTerm');
  if (exact === true && close !== undefined) throw refusedAt(`${pointer}/close`, 'cannot be combined with exact');
  if (callableByMe === false) throw refusedAt(`${pointer}/callableByMe`, 'is true or left out');
  return leaf(pointer, { kind: 'feature', feature });
}

const labelMembers = members<{ name: string; value: string }>({
  name: textOf(63),
  value: matching(/^[^\p{Cc}\p{Cs}]{0,256}$/u, 'text of at most 256 characters without controls'),
});

function readLabel(value: unknown, pointer: string): Leaf {
  const { name, value: wanted } = labelMembers(value, pointer);
  if (name === undefined) throw refusedAt(pointer, 'needs a name');
  return leaf(pointer, { kind: 'label', name, value: wanted });
}

function readText(value: unknown, pointer: string): Leaf[] {
  if (typeof value !== 'string' || Array.from(value).length > MAX_TEXT || /\p{Cs}|(?![\t\n\r])\p{Cc}/u.test(value)) {
    throw refusedAt(pointer, `must be text of at most ${MAX_TEXT} characters without controls`);
  }
  return value.trim() === '' ? [] : [leaf(pointer, { kind: 'text', text: value, query: readTextQuery(value) })];
}

const spanMembers = members<{ from: string; to: string }>({ from: instant, to: instant });

function readValidity(value: unknown, pointer: string): Leaf[] {
  const { from, to } = spanMembers(value, pointer);
  if (from !== undefined && to !== undefined && Date.parse(from) >= Date.parse(to))
    throw refusedAt(`${pointer}/to`, 'must be later than from');
  return [leaf(pointer, { kind: 'validity', from, to })];
}

function readPath(value: unknown, pointer: string): Leaf[] {
  const path = textOf(MAX_JSON_PATH, 'a JSONPath')(value, pointer);
  try {
    return [leaf(pointer, { kind: 'jsonPath', path, condition: readJsonPath(path) })];
  } catch (error) {
    if (error instanceof JsonPathRefused) throw refusedAt(pointer, `is refused: ${error.detail}`);
    throw error;
  }
}

function listed(read: (value: unknown, pointer: string) => Leaf, max: number): Read<Leaf[]> {
  return (value, pointer) => {
    if (!Array.isArray(value) || value.length > max) throw refusedAt(pointer, `must be a list of at most ${max}`);
    return value.map((each, index) => read(each, `${pointer}/${index}`));
  };
}

const domain = matching(DOMAIN, '1 to 63 lower-case letters, digits and hyphens, starting with a letter');
const milliseconds = numberFrom(0, LONGEST_MS, true);

/** Every criterion by its name in the document; each gives the leaves that must all be met. */
export const CRITERIA = {
  domain: (value, at) => [leaf(at, { kind: 'domain', domains: oneOrMore(domain, MAX_CHOICES)(value, at) })],
  owner: (value, at) => [leaf(at, { kind: 'owner', owners: oneOrMore(id(parseOrganizationId), MAX_CHOICES)(value, at) })],
  label: (value, at) => [readLabel(value, at)],
  labels: (value, at) => {
    if (!isRecord(value)) return listed(readLabel, MAX_LABELS)(value, at);
    return listed((each) => readLabel(each, at), MAX_LABELS)(
      Object.entries(value).map(([name, wanted]) => ({ name, value: wanted })),
      at,
    );
  },
  text: readText,
  feature: (value, at) => [readFeature(value, at)],
  features: listed(readFeature, MAX_FEATURES),
  objectOfInterest: (value, at) => [leaf(at, { kind: 'object', id: id(parseUriId)(value, at) })],
  area: readArea,
  validAt: (value, at) => [leaf(at, { kind: 'validAt', at: instant(value, at) })],
  validity: readValidity,
  maxPeriodMs: (value, at) => [leaf(at, { kind: 'maxPeriodMs', ms: milliseconds(value, at) })],
  maxAgeMs: (value, at) => [leaf(at, { kind: 'maxAgeMs', ms: milliseconds(value, at) })],
  status: (value, at) => [leaf(at, { kind: 'status', statuses: oneOrMore(oneOf(LIVE_STATUSES), LIVE_STATUSES.length)(value, at) })],
  ids: (value, at) => [leaf(at, { kind: 'ids', ids: oneOrMore(id(parseTwinId), MAX_IDS)(value, at) })],
  partOf: (value, at) => [leaf(at, { kind: 'partOf', whole: id(parseTwinId)(value, at) })],
  aggregated: (value, at) => [leaf(at, { kind: 'aggregated', isAggregated: flag(value, at) })],
  jsonPath: readPath,
} as const satisfies Record<string, Read<Leaf[]>>;
