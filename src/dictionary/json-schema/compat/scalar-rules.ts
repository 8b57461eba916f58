import { canonicalJson } from '../../../kernel/canonical-json.js';
import type { Conjunction } from './conjunction.js';
import { TYPES, typesOf } from './conjunction.js';
import { breaking, type CompatibilityFinding, type SideNames, undecided } from './finding.js';
import { numberOf, type SchemaView } from './schema-view.js';

const LOWER_BOUNDS = [
  ['minLength', 'string'],
  ['minItems', 'array'],
  ['minProperties', 'object'],
] as const;
const UPPER_BOUNDS = [
  ['maxLength', 'string'],
  ['maxItems', 'array'],
  ['maxProperties', 'object'],
] as const;

/** Whether every value of `inner` keeps what the keywords without subschemas of `outer` ask. */
export function checkScalars(inner: Conjunction, outer: SchemaView, at: string, names: SideNames): CompatibilityFinding[] {
  const allowed = typesOf(outer);
  const wrong = TYPES.filter((type) => inner.types.has(type) && !allowed.has(type));
  if (wrong.length > 0) {
    const kinds = wrong.map((type) => (type === 'fraction' ? 'number' : type)).join(', ');
    return [breaking(`${at}/type`, `the ${names.inner} schema allows ${kinds}, which the ${names.outer} does not`)];
  }
  const findings: CompatibilityFinding[] = [];
  if (outer.facts.enum !== undefined || 'const' in outer.facts) {
    const keyword = 'const' in outer.facts ? 'const' : 'enum';
    findings.push(breaking(`${at}/${keyword}`, `the ${names.inner} schema allows other values than the ${names.outer} lists`));
  }
  if (inner.types.has('integer') || inner.types.has('fraction')) findings.push(...checkNumbers(inner, outer, at, names));
  for (const [keyword, type] of LOWER_BOUNDS) {
    const bound = numberOf(outer, keyword);
    if (bound === undefined || bound <= 0 || !inner.types.has(type)) continue;
    const known = Math.max(inner.atLeast(keyword), keyword === 'minProperties' ? inner.required.size : 0);
    if (known < bound) findings.push(breaking(`${at}/${keyword}`, `the ${names.inner} schema allows less than ${bound}`));
  }
  for (const [keyword, type] of UPPER_BOUNDS) {
    const bound = numberOf(outer, keyword);
    if (bound === undefined || !inner.types.has(type) || inner.atMost(keyword) <= bound) continue;
    if (keyword === 'maxItems' && isClosedAfter(inner, bound)) continue;
    findings.push(breaking(`${at}/${keyword}`, `the ${names.inner} schema allows more than ${bound}`));
  }
  if (inner.types.has('string')) {
    for (const keyword of ['pattern', 'format'] as const) findings.push(...checkWord(inner, outer, keyword, at, names));
  }
  const unique = outer.facts.uniqueItems === true && inner.types.has('array');
  if (unique && inner.atMost('maxItems') > 1 && !inner.views.some(({ facts }) => facts.uniqueItems === true)) {
    findings.push(breaking(`${at}/uniqueItems`, `the ${names.inner} schema allows items that are the same`));
  }
  return findings;
}

function isClosedAfter(inner: Conjunction, length: number): boolean {
  return inner.views.some((view) => (view.list.get('prefixItems')?.length ?? 0) <= length && view.one.get('items')?.schema === false);
}

function checkWord(
  inner: Conjunction,
  outer: SchemaView,
  keyword: 'pattern' | 'format',
  at: string,
  names: SideNames,
): CompatibilityFinding[] {
  const asked = outer.facts[keyword];
  if (asked === undefined || inner.views.some(({ facts }) => facts[keyword] === asked)) return [];
  const pointer = `${at}/${keyword}`;
  const has = inner.views.some(({ facts }) => facts[keyword] !== undefined);
  const wanted = canonicalJson(asked).slice(0, 200);
  if (!has) return [breaking(pointer, `the ${names.inner} schema does not ask for ${keyword} ${wanted}, the ${names.outer} does`)];
  return [undecided(pointer, `whether the ${keyword} of the ${names.inner} schema is within ${wanted} is not known`)];
}

interface Bound {
  readonly value: number;
  readonly exclusive: boolean;
}

/** The tighter of an inclusive and an exclusive bound. `sign` is 1 for lower bounds, -1 for upper ones. */
function tighter(inclusive: number, exclusive: number, sign: 1 | -1): Bound {
  return exclusive * sign >= inclusive * sign
    ? { value: exclusive, exclusive: Number.isFinite(exclusive) }
    : { value: inclusive, exclusive: false };
}

function within(inner: Bound, outer: Bound, sign: 1 | -1): boolean {
  if (inner.value === outer.value) return inner.exclusive || !outer.exclusive;
  return inner.value * sign > outer.value * sign;
}

function checkNumbers(inner: Conjunction, outer: SchemaView, at: string, names: SideNames): CompatibilityFinding[] {
  const findings: CompatibilityFinding[] = [];
  const whole = !inner.types.has('fraction');
  const low = tighter(inner.atLeast('minimum'), inner.atLeast('exclusiveMinimum'), 1);
  const high = tighter(inner.atMost('maximum'), inner.atMost('exclusiveMaximum'), -1);
  for (const [keyword, exclusive, bound, sign] of [
    ['minimum', false, low, 1],
    ['exclusiveMinimum', true, low, 1],
    ['maximum', false, high, -1],
    ['exclusiveMaximum', true, high, -1],
  ] as const) {
    const value = numberOf(outer, keyword);
    if (value === undefined || within(whole ? wholeBound(bound, sign) : bound, { value, exclusive }, sign)) continue;
    findings.push(breaking(`${at}/${keyword}`, `the ${names.inner} schema allows numbers ${sign === 1 ? 'below' : 'above'} it`));
  }
  const step = numberOf(outer, 'multipleOf');
  if (step !== undefined && !isStep(inner, step, whole)) {
    findings.push(breaking(`${at}/multipleOf`, `the ${names.inner} schema allows numbers that are no multiple of ${step}`));
  }
  return findings;
}

/** A bound of integers: the first one that is still within it. */
function wholeBound({ value, exclusive }: Bound, sign: 1 | -1): Bound {
  if (!Number.isSafeInteger(Math.trunc(value))) return { value, exclusive };
  const rounded = sign === 1 ? Math.ceil(value) : Math.floor(value);
  return { value: exclusive && rounded === value ? rounded + sign : rounded, exclusive: false };
}

function isStep(inner: Conjunction, step: number, whole: boolean): boolean {
  if (whole && Number.isInteger(1 / step)) return true;
  return inner.views.some((view) => {
    const known = numberOf(view, 'multipleOf');
    return known !== undefined && (known === step || (Number.isInteger(step) && Number.isInteger(known / step)));
  });
}
