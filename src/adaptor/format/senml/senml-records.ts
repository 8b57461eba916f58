import { isExactNumber, numberOf } from '../../../kernel/exact-json.js';
import { FormatError } from '../payload-format.js';

/** A record of RFC 8428 with its base values worked in; labels are those of the standard. */
export type SenmlRecord = Record<string, unknown>;

const VERSION = 10;
/** RFC 8428 section 4.5.1. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9\-:./_]*$/;
const BASE_LABELS = ['bn', 'bt', 'bu', 'bv', 'bs', 'bver'] as const;
const VALUE_LABELS = ['v', 'vs', 'vb', 'vd'] as const;

const LABEL_TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  n: isText,
  u: isText,
  t: isNumber,
  ut: isNumber,
  s: isNumber,
  v: isNumber,
  vs: isText,
  vb: (value) => typeof value === 'boolean',
  vd: (value) => isText(value) && /^[A-Za-z0-9_-]*$/.test(value as string),
  bn: isText,
  bu: isText,
  bt: isNumber,
  bv: isNumber,
  bs: isNumber,
  bver: isNumber,
};

/** Whether a name can stand in a record, base name included. */
export const isSenmlName = (name: string): boolean => NAME.test(name);

/**
 * The records of a pack, each complete in itself. Times below 2^28, which count from now, stay as they are. Base values are added as doubles.
 * @param visit takes each record, and the base name that its name begins with
 * @throws FormatError
 */
export function resolvedRecords(pack: unknown, visit: (record: SenmlRecord, baseName: string, at: string) => void): void {
  if (!Array.isArray(pack)) throw new FormatError('a SenML pack is an array of records', '');
  const base: SenmlRecord = {};
  pack.forEach((given: unknown, index) => {
    const at = `/${index}`;
    const record = checkRecord(given, at);
    for (const label of BASE_LABELS) if (record[label] !== undefined) base[label] = record[label];
    if (base.bver !== undefined && (numberOf(base.bver) ?? 0) > VERSION)
      throw new FormatError(`version ${String(numberOf(base.bver))} of SenML is not known`, `${at}/bver`);
    const baseName = textOf(base.bn);
    const resolved: SenmlRecord = {};
    const name = baseName + textOf(record.n);
    if (!isSenmlName(name)) throw new FormatError(`${JSON.stringify(name)} is no name of SenML`, `${at}/n`);
    resolved.n = name;
    for (const [label, value] of Object.entries(record)) if (label !== 'n' && !isBase(label)) resolved[label] = value;
    if (resolved.u === undefined && base.bu !== undefined) resolved.u = base.bu;
    if (base.bt !== undefined) resolved.t = sum(base.bt, record.t);
    if (base.bv !== undefined && (record.v !== undefined || !hasValue(record))) resolved.v = sum(base.bv, record.v);
    if (base.bs !== undefined) resolved.s = sum(base.bs, record.s);
    if (hasValue(resolved) || resolved.s !== undefined) visit(resolved, baseName, at);
    else if (BASE_LABELS.every((label) => record[label] === undefined)) throw new FormatError('a record has no value', at);
  });
}

/** @throws FormatError */
export function checkRecord(given: unknown, at: string): SenmlRecord {
  if (typeof given !== 'object' || given === null || Array.isArray(given) || isExactNumber(given))
    throw new FormatError('a record is an object', at);
  const record = given as SenmlRecord;
  for (const label of Object.keys(record)) {
    if (label === '__proto__') throw new FormatError('a label must not be __proto__', at);
    if (record[label] === undefined) continue;
    const fits = Object.hasOwn(LABEL_TYPES, label) ? LABEL_TYPES[label] : undefined;
    if (fits?.(record[label]) === false) throw new FormatError(`${label} is not of its type`, `${at}/${label}`);
    // RFC 8428 section 4.4: such a label must be understood, and there is none yet.
    if (fits === undefined && label.endsWith('_'))
      throw new FormatError(`the label ${JSON.stringify(label)} must be understood and is not`, at);
  }
  if (VALUE_LABELS.filter((label) => record[label] !== undefined).length > 1) throw new FormatError('a record has one value', at);
  return record;
}

/** Whether a label belongs to the records that follow. */
export const isBase = (label: string): boolean => (BASE_LABELS as readonly string[]).includes(label);

/** Whether a record has a value. */
export const hasValue = (record: SenmlRecord): boolean => VALUE_LABELS.some((label) => record[label] !== undefined);

function sum(base: unknown, own: unknown): unknown {
  if (own === undefined) return base;
  return numberOf(base) === 0 ? own : Number(base) + Number(own);
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function isNumber(value: unknown): boolean {
  return numberOf(value) !== undefined;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
