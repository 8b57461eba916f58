import { DomainError } from '../../problems/domain-error.js';
import { UnitRefused } from '../unit/unit-refused.js';
import type { Units } from '../unit/units.js';
import { isMembers, type SubmissionPlaces } from './submission-places.js';
import { type EnumerationValue, TERM_STATUSES, type TermContent, VALUE_TYPES, type ValueReference } from './term.js';

/** Limits of one term. */
export const MAX_NOTATIONS = 50;
const MAX_ALTERNATIVES = 50;
const MAX_BROADER = 32;
const MAX_MATCHES = 200;
const MAX_VALUES = 1_000;
const MAX_VALUE_MATCHES = 50;
/** Bytes of UTF-8 that the content of a term may take as JSON. */
export const MAX_TERM_BYTES = 131_072;

/** Members of a term that its steward writes. */
export const TERM_MEMBERS = [
  'labels',
  'alternativeLabels',
  'definitions',
  'notations',
  'broader',
  'exactMatch',
  'closeMatch',
  'valueType',
  'unit',
  'values',
  'status',
  'replacedBy',
] as const;

const WITH_UNIT: readonly unknown[] = [undefined, 'number', 'integer', 'array', 'object'];

/**
 * Reads what is said of a term. One pass finds every fault and names its place.
 * @param iri of the term itself, which it may not refer to
 * @param places where faults are noted; the caller settles it
 */
export function readTermContent(iri: string, input: unknown, units: Units, places: SubmissionPlaces): TermContent {
  const given = places.members(input, '', TERM_MEMBERS);
  const valueType = given.valueType === undefined ? undefined : places.oneOf(given.valueType, '/valueType', VALUE_TYPES);
  const status = given.status === undefined ? 'ACTIVE' : (places.oneOf(given.status, '/status', TERM_STATUSES) ?? 'ACTIVE');
  const replacedBy = given.replacedBy === undefined ? undefined : places.iri(given.replacedBy, '/replacedBy');
  const unit = given.unit === undefined ? undefined : readUnit(given.unit, units, places);
  const content: TermContent = {
    labels: places.labels(given.labels, '/labels'),
    alternativeLabels: places.labelLists(given.alternativeLabels, '/alternativeLabels', MAX_ALTERNATIVES),
    definitions: places.prose(given.definitions, '/definitions'),
    notations: places.list(given.notations, '/notations', MAX_NOTATIONS, (text, place) => places.line(text, place)),
    broader: places.iris(given.broader, '/broader', MAX_BROADER),
    exactMatch: places.iris(given.exactMatch, '/exactMatch', MAX_MATCHES),
    closeMatch: places.iris(given.closeMatch, '/closeMatch', MAX_MATCHES),
    ...(valueType === undefined ? {} : { valueType }),
    ...(unit === undefined ? {} : { unit }),
    values: readValues(given.values, places),
    status,
    ...(replacedBy === undefined ? {} : { replacedBy }),
  };
  checkTogether(iri, content, places);
  return content;
}

/** @throws DomainError `payload-too-large` */
export function refuseLargeTerm(iri: string, content: TermContent): void {
  const bytes = Buffer.byteLength(JSON.stringify(content));
  if (bytes > MAX_TERM_BYTES) {
    throw new DomainError('payload-too-large', `The term ${iri} takes ${bytes} bytes as JSON; at most ${MAX_TERM_BYTES} are stored.`);
  }
}

function readUnit(value: unknown, units: Units, places: SubmissionPlaces): string | undefined {
  const text = places.line(value, '/unit');
  if (text === undefined) return undefined;
  try {
    return units.read(text).code;
  } catch (error) {
    if (!(error instanceof UnitRefused)) throw error;
    return places.note('/unit', error.detail);
  }
}

function readValues(value: unknown, places: SubmissionPlaces): EnumerationValue[] {
  const codes = new Set<string>();
  return places.list(value, '/values', MAX_VALUES, (element, pointer) => {
    const given = places.members(element, pointer, ['code', 'labels', 'exactMatch', 'closeMatch']);
    const code = places.line(given.code, `${pointer}/code`);
    if (code === undefined) return undefined;
    if (codes.has(code)) return places.note(`${pointer}/code`, 'is the code of another value of this term');
    codes.add(code);
    return {
      code,
      labels: places.labels(given.labels, `${pointer}/labels`),
      exactMatch: readValueReferences(given.exactMatch, `${pointer}/exactMatch`, places),
      closeMatch: readValueReferences(given.closeMatch, `${pointer}/closeMatch`, places),
    };
  });
}

function readValueReferences(value: unknown, pointer: string, places: SubmissionPlaces): ValueReference[] {
  const read = places.list(value, pointer, MAX_VALUE_MATCHES, (element, place) => {
    if (!isMembers(element)) return places.note<ValueReference>(place, 'must be an object with term and code');
    const given = places.members(element, place, ['term', 'code']);
    const term = places.iri(given.term, `${place}/term`);
    const code = places.line(given.code, `${place}/code`);
    return term === undefined || code === undefined ? undefined : { term, code };
  });
  const key = ({ term, code }: ValueReference): string => `${term} ${code}`;
  const unique = new Map(read.map((reference) => [key(reference), reference]));
  return [...unique.values()].sort((one, other) => (key(one) < key(other) ? -1 : 1));
}

/** What the members say together. */
function checkTogether(iri: string, content: TermContent, places: SubmissionPlaces): void {
  const { broader, exactMatch, closeMatch, labels, notations, valueType, unit, values, status, replacedBy } = content;
  if (Object.keys(labels).length === 0 && notations.length === 0) places.note('/labels', 'or notations must hold at least one name');
  for (const [member, iris] of Object.entries({
    broader,
    exactMatch,
    closeMatch,
    replacedBy: replacedBy === undefined ? [] : [replacedBy],
  })) {
    if (iris.includes(iri)) places.note(`/${member}`, 'must not name the term itself');
  }
  // SKOS S46: what means the same is not at once more general.
  for (const other of broader.filter((each) => exactMatch.includes(each))) places.note('/exactMatch', `names ${other}, which is broader`);
  for (const other of closeMatch.filter((each) => exactMatch.includes(each))) {
    places.note('/closeMatch', `names ${other}, which is an exact match already`);
  }
  if (unit !== undefined && !WITH_UNIT.includes(valueType)) places.note('/unit', `does not belong to the value type ${valueType ?? ''}`);
  if (values.length > 0 && valueType !== 'enumeration') places.note('/values', 'belong to the value type enumeration');
  if (replacedBy !== undefined && status !== 'DEPRECATED') places.note('/replacedBy', 'belongs to the status DEPRECATED');
}
