import { isExactNumber, numberOf } from '../../../kernel/exact-json.js';
import type { AdaptationLoss } from '../../plan/adaptation-plan.js';
import { checkJsonValue } from '../json-value.js';
import { pointerToken } from '../../../problems/dto-validation.js';
import { FormatError, type PayloadCodec } from '../payload-format.js';
import type { ValueShape } from '../value-shape.js';
import { isSenmlName, resolvedRecords, type SenmlRecord } from './senml-records.js';

/** Options of SenML. */
export interface SenmlOptions {
  readonly layout?: 'members' | 'records';
  /** What names begin with: that of the device. Absent, the base name of a document is left out when it is read. */
  readonly baseName?: string;
  /** Units by member, `/` between names of nested ones: written, and a record that comes with another one is refused. */
  readonly units?: Readonly<Record<string, string>>;
  /** Member with the time of all records, in seconds since 1970. */
  readonly time?: string;
}

type Values = Record<string, unknown>;
type ObjectShape = ValueShape & { kind: 'object' };

/** Objects whose members are records, the nested ones by their path. */
export function membersCodec(options: SenmlOptions, shape: ValueShape): PayloadCodec {
  const { baseName, time } = options;
  const units = new Map(Object.entries(options.units ?? {}));
  const prefix = baseName ?? '';

  function write(values: Values, path: string, around: ValueShape, records: SenmlRecord[]): void {
    for (const [name, value] of Object.entries(values)) {
      if (value === undefined || value === null || (path === '' && name === time)) continue;
      const member = around.kind === 'object' ? around.members.get(name) : undefined;
      const at = `${path}${name}`;
      if (member !== undefined && !isWritable(name, prefix + at, member)) continue;
      if (name.includes('/') || name === '__proto__' || !isSenmlName(prefix + at))
        throw new FormatError(`${JSON.stringify(prefix + at)} is no name of SenML`, pointerOf(at));
      if (isValues(value)) write(value, `${at}/`, member ?? { kind: 'any' }, records);
      else records.push(recordOf(prefix + at, value, units.get(at), at));
    }
  }

  return {
    decode(document) {
      const values: Values = {};
      let latest: unknown;
      resolvedRecords(document, (record, documentBase, at) => {
        const base = baseName ?? documentBase;
        const name = record.n as string;
        if (!name.startsWith(base) || name.length === base.length)
          throw new FormatError(`${JSON.stringify(name)} is no member of ${JSON.stringify(base)}`, `${at}/n`);
        const path = name.slice(base.length);
        const unit = units.get(path);
        if (unit !== undefined && record.u !== undefined && record.u !== unit)
          throw new FormatError(`${path} is in the unit ${JSON.stringify(record.u)}, not in ${unit}`, `${at}/u`);
        const value = record.v ?? record.vs ?? record.vb ?? record.vd;
        if (value !== undefined) setAt(values, path.split('/'), value, at);
        if (record.t !== undefined && (latest === undefined || Number(record.t) > Number(latest))) latest = record.t;
      });
      if (time !== undefined && latest !== undefined) values[time] = latest;
      addRequired(values, shape, prefix);
      return values;
    },
    encode(value) {
      checkJsonValue(value);
      if (!isValues(value)) throw new FormatError('an object expected', '');
      const records: SenmlRecord[] = [];
      write(value, '', shape, records);
      const [first] = records;
      const at = time === undefined ? undefined : value[time];
      const base: SenmlRecord = {};
      if (at !== undefined && at !== null) {
        if (numberOf(at) === undefined) throw new FormatError('the time is in seconds since 1970', `/${pointerToken(time ?? '')}`);
        if (first === undefined) throw new FormatError('a time alone makes no record', '');
        base.bt = at;
      }
      return first === undefined ? records : [{ ...base, ...first }, ...records.slice(1)];
    },
  };
}

/** What gets lost of an object. */
export function lossesOfMembers(options: SenmlOptions, top: ValueShape): AdaptationLoss[] {
  const prefix = options.baseName ?? '';
  const unforeseen = 'arrays, and names that SenML does not allow, are refused';
  if (top.kind === 'any')
    return [
      { kind: 'partly-unwritable', pointer: '', detail: unforeseen },
      { kind: 'null-as-absent', pointer: '', detail: 'null and empty objects have no record' },
    ];
  if (top.kind !== 'object') return [{ kind: 'unwritable', detail: 'what has members alone becomes records: an object' }];
  const losses: AdaptationLoss[] = [];
  if (top.isNullable) losses.push({ kind: 'partly-unwritable', pointer: '', detail: 'null is no pack' });
  if (options.time !== undefined)
    losses.push({
      kind: 'partly-unwritable',
      pointer: `/${pointerToken(options.time)}`,
      detail: 'a time that is no number, or stands alone, is refused',
    });
  const visit = (shape: ObjectShape, path: string, at: string): void => {
    if (shape.isOpen) {
      losses.push({ kind: 'partly-unwritable', pointer: at, detail: `of members that the schema does not name, ${unforeseen}` });
      losses.push({
        kind: 'unnamed-dropped',
        pointer: at,
        detail: 'of members that the schema does not name, null and empty objects are left out',
      });
    }
    for (const [name, member] of shape.members) {
      const pointer = `${at}/${pointerToken(name)}`;
      if (path === '' && name === options.time) {
        if (member.kind !== 'scalar' || member.types.has('null'))
          losses.push({ kind: 'null-as-absent', pointer, detail: 'null is no time' });
      } else if (!isWritable(name, prefix + path + name, member)) {
        losses.push({ kind: 'property-dropped', pointer, detail: member.kind === 'array' ? 'SenML has no arrays' : 'is no name of SenML' });
      } else if (member.kind === 'any') {
        losses.push({ kind: 'partly-unwritable', pointer, detail: unforeseen });
        losses.push({ kind: 'null-as-absent', pointer, detail: 'null and empty objects have no record' });
      } else if (member.kind === 'object') {
        if (member.isNullable) losses.push({ kind: 'null-as-absent', pointer, detail: 'null has no record' });
        else if (!shape.required.has(name)) losses.push({ kind: 'empty-as-absent', pointer, detail: 'an empty object has no record' });
        visit(member, `${path}${name}/`, pointer);
      } else if (member.kind === 'scalar' && member.types.has('null')) {
        losses.push({ kind: 'null-as-absent', pointer, detail: 'null has no record' });
      }
    }
  };
  visit(top, '', '');
  return losses;
}

const isWritable = (name: string, fullName: string, shape: ValueShape): boolean =>
  shape.kind !== 'array' && !name.includes('/') && name !== '' && name !== '__proto__' && isSenmlName(fullName);

function recordOf(n: string, value: unknown, u: string | undefined, at: string): SenmlRecord {
  const unit = u === undefined ? {} : { u };
  if (typeof value === 'number' || isExactNumber(value)) return { n, ...unit, v: value };
  if (typeof value === 'string') return { n, ...unit, vs: value };
  if (typeof value === 'boolean') return { n, ...unit, vb: value };
  throw new FormatError('SenML has no arrays', pointerOf(at));
}

function setAt(values: Values, path: readonly string[], value: unknown, at: string): void {
  let within = values;
  path.forEach((name, index) => {
    if (name === '' || name === '__proto__') throw new FormatError(`${JSON.stringify(path.join('/'))} is no name of a member`, `${at}/n`);
    const isLast = index === path.length - 1;
    const found = Object.hasOwn(within, name) ? within[name] : undefined;
    if (found !== undefined && (isLast || !isValues(found)))
      throw new FormatError(`${JSON.stringify(path.join('/'))} comes twice`, `${at}/n`);
    if (isLast) within[name] = value;
    else within = (within[name] ??= {}) as Values;
  });
}

/** Objects that have to be there and had no record. */
function addRequired(values: Values, shape: ValueShape, prefix: string): void {
  if (shape.kind !== 'object') return;
  for (const [name, member] of shape.members) {
    if (member.kind !== 'object' || name === '__proto__') continue;
    if (shape.required.has(name) && !member.isNullable && isWritable(name, prefix + name, member)) values[name] ??= {};
    if (isValues(values[name])) addRequired(values[name], member, `${prefix}${name}/`);
  }
}

const isValues = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isExactNumber(value);

const pointerOf = (path: string): string => `/${path.split('/').map(pointerToken).join('/')}`;
