import type { AdaptationLoss } from '../../plan/adaptation-plan.js';
import { pointerToken } from '../../../problems/dto-validation.js';
import { shapeOf, type ValueShape } from '../value-shape.js';
import { cellScalar, keepsNull, type CellPlace } from './csv-cell.js';
import type { CsvColumn, CsvOptions } from './csv-options.js';

/** What a document holds by options and schema. */
export interface CsvTable {
  readonly isSingle: boolean;
  /** Undefined, and the header alone says it. */
  readonly columns: readonly CsvColumn[] | undefined;
  /** Of one record. */
  readonly record: ValueShape;
  /** Members of a record that are objects, have to be there and have columns within. */
  readonly kept: readonly string[];
  readonly losses: readonly AdaptationLoss[];
}

const ANY: ValueShape = { kind: 'any' };

/** Looks at a schema as a table. */
export function tableOf(schema: unknown, options: CsvOptions): CsvTable {
  const top = shapeOf(schema);
  const isSingle = options.rows === undefined ? top.kind === 'object' : options.rows === 'one';
  const record = isSingle
    ? top
    : top.kind === 'array'
      ? top.items
      : top.kind === 'any'
        ? ANY
        : { kind: 'scalar' as const, types: new Set<never>() };
  const at = isSingle ? '' : '/*';
  if (record.kind === 'scalar' || record.kind === 'array')
    return {
      isSingle,
      columns: options.columns,
      record,
      kept: [],
      losses: [{ kind: 'unwritable', detail: 'CSV has records alone: objects, or arrays of them' }],
    };
  const columns = options.columns ?? columnsOf(record);
  const losses: AdaptationLoss[] = [];
  if (record.kind === 'any' || columns === undefined) {
    losses.push({ kind: 'type-not-kept', pointer: '', detail: 'without a schema, all that is read is text' });
    if (columns === undefined && !options.header)
      losses.push({ kind: 'unwritable', detail: 'without a header, the schema or the options have to name the columns' });
    else if (columns === undefined)
      losses.push({ kind: 'partly-unwritable', pointer: '', detail: 'records without members have no column' });
  } else if (columns.length === 0) {
    losses.push({ kind: 'unwritable', detail: 'the schema names no property, so that there would be no column' });
  } else {
    if ((top.kind === 'array' && top.isNullable) || record.isNullable)
      losses.push({ kind: 'partly-unwritable', pointer: at, detail: 'there is no document and no line for null' });
    losses.push(...lossesOfObject(record, at, [], columns, options));
    for (const column of columns) losses.push(...lossesOfColumn(column, placeOf(record, column), at, options));
  }
  return { isSingle, columns, record, kept: keptOf(record, columns ?? []), losses };
}

function keptOf(record: ValueShape, columns: readonly CsvColumn[]): string[] {
  if (record.kind !== 'object') return [];
  return [...record.members].filter(([name, member]) => isKept(record, name, member, columns)).map(([name]) => name);
}

function isKept(record: ValueShape & { kind: 'object' }, name: string, member: ValueShape, columns: readonly CsvColumn[]): boolean {
  const within = `/${pointerToken(name)}/`;
  const isThere = member.kind === 'object' && !member.isNullable && record.required.has(name);
  return isThere && name !== '__proto__' && columns.some(({ pointer }) => pointer.startsWith(within));
}

/** What the schema says of the place of a column. */
export function placeOf(record: ValueShape, { pointer }: CsvColumn): CellPlace & { readonly reach: 'certain' | 'possible' | 'none' } {
  let shape = record;
  let isRequired = true;
  for (const name of pathOf(pointer)) {
    if (shape.kind === 'any') return { shape, isRequired: false, reach: shape === record ? 'certain' : 'possible' };
    if (shape.kind !== 'object') return { shape: ANY, isRequired: false, reach: 'none' };
    isRequired &&= shape.required.has(name) && shape.members.has(name) && !(shape.isNullable && shape !== record);
    shape = shape.members.get(name) ?? ANY;
  }
  return { shape, isRequired, reach: 'certain' };
}

/** Names that lead from a record to a cell's value. */
export function pathOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Columns of the properties that a schema names; undefined where it names none and any may come. */
function columnsOf(record: ValueShape): CsvColumn[] | undefined {
  if (record.kind !== 'object' || (record.members.size === 0 && record.isOpen)) return undefined;
  const names = [...record.members.keys()].filter((name) => name !== '__proto__' && name !== '');
  return names.map((name) => ({ name, pointer: `/${pointerToken(name)}` }));
}

function lossesOfColumn(column: CsvColumn, place: ReturnType<typeof placeOf>, at: string, options: CsvOptions): AdaptationLoss[] {
  const pointer = at + column.pointer;
  if (place.reach === 'none') return [{ kind: 'unwritable', detail: `the column ${column.name} lies within what is no object` }];
  const { shape } = place;
  const scalar = cellScalar(column, shape);
  const losses: AdaptationLoss[] = [];
  if (place.reach === 'possible')
    losses.push({ kind: 'partly-unwritable', pointer, detail: 'what stands around it is refused when it is no object' });
  if (column.type !== undefined && column.type !== 'json' && !isOnly(shape, column.type))
    losses.push({ kind: 'partly-unwritable', pointer, detail: `values of other types than ${column.type} are refused` });
  if (scalar !== 'json' && (shape.kind === 'any' || scalar.isAmbiguous))
    losses.push({
      kind: 'type-not-kept',
      pointer,
      detail: 'a cell does not say its type: what looks like a number or a truth value comes back as what the schema allows first',
    });
  if (scalar !== 'json' && scalar.takesNull && !keepsNull(scalar, place, options))
    losses.push({
      kind: 'null-as-absent',
      pointer,
      detail: 'null and a missing value are the same empty cell: name `nullAs` to tell them apart',
    });
  return losses;
}

function isOnly(shape: ValueShape, type: string): boolean {
  return shape.kind === 'any' || (shape.kind === 'scalar' && shape.types.size === 1 && shape.types.has(type as 'string'));
}

function lossesOfObject(
  shape: ValueShape & { kind: 'object' },
  at: string,
  path: readonly string[],
  columns: readonly CsvColumn[],
  options: CsvOptions,
): AdaptationLoss[] {
  const here = path.map((name) => `/${pointerToken(name)}`).join('');
  const losses: AdaptationLoss[] = [];
  if (shape.isOpen)
    losses.push({ kind: 'unnamed-dropped', pointer: at + here, detail: 'members that the schema does not name have no column' });
  for (const [name, member] of shape.members) {
    const pointer = `${here}/${pointerToken(name)}`;
    if (columns.some((column) => column.pointer === pointer)) continue;
    if (!columns.some((column) => column.pointer.startsWith(`${pointer}/`))) {
      losses.push({ kind: 'property-dropped', pointer: at + pointer, detail: 'has no column' });
    } else if (member.kind === 'object') {
      const isRequired = shape.required.has(name);
      if (member.isNullable) losses.push({ kind: 'null-as-absent', pointer: at + pointer, detail: 'null has no cell' });
      else if (!isRequired || path.length > 0)
        losses.push({ kind: 'empty-as-absent', pointer: at + pointer, detail: 'without values it is left out' });
      losses.push(...lossesOfObject(member, at, [...path, name], columns, options));
    } else {
      losses.push({ kind: 'property-dropped', pointer: at + pointer, detail: 'what has no column within it is left out' });
    }
  }
  return losses;
}
