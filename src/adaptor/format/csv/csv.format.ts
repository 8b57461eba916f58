import { parse } from 'csv-parse/sync';
import { isExactNumber } from '../../../kernel/exact-json.js';
import type { AdaptationLoss } from '../../plan/adaptation-plan.js';
import { CompiledFormat } from '../compiled-format.js';
import { documentText } from '../document-text.js';
import { checkJsonValue } from '../json-value.js';
import { pointerToken } from '../../../problems/dto-validation.js';
import { FormatError, type FormatOptions, type PayloadCodec } from '../payload-format.js';
import { cellCodec, QuotedCell, quoting, type CellCodec } from './csv-cell.js';
import { readCsvOptions, type CsvColumn, type CsvOptions } from './csv-options.js';
import { pathOf, placeOf, tableOf, type CsvTable } from './csv-table.js';

type Row = readonly (string | QuotedCell)[];
type Values = Record<string, unknown>;

interface PreparedColumn extends CellCodec {
  readonly name: string;
  /** Names that lead to the value. */
  readonly path: readonly string[];
}

const LINE_END = '\r\n';

/** CSV (RFC 4180): one line a record, columns by the schema's properties or by the options. */
export class CsvFormat extends CompiledFormat {
  readonly name = 'csv';
  readonly mediaTypes = ['text/csv'];
  readonly carrier = 'text';

  read(options: unknown): FormatOptions {
    return readCsvOptions(options);
  }

  compile(options: FormatOptions, schema?: unknown): PayloadCodec {
    return new CsvCodec(options as unknown as CsvOptions, tableOf(schema, options as unknown as CsvOptions));
  }

  losses(schema: unknown, options: FormatOptions): readonly AdaptationLoss[] {
    return tableOf(schema, options as unknown as CsvOptions).losses;
  }

  override unread(options: FormatOptions): readonly AdaptationLoss[] {
    return options.ignoreOthers === true ? [{ kind: 'unnamed-dropped', detail: 'columns that nobody named are passed over' }] : [];
  }
}

class CsvCodec implements PayloadCodec {
  private readonly columns: readonly PreparedColumn[] | undefined;
  private readonly quote: (text: string, isText?: boolean) => string;
  private readonly separator: string;

  constructor(
    private readonly options: CsvOptions,
    private readonly table: CsvTable,
  ) {
    this.columns = table.columns?.map((column) => this.prepare(column));
    this.quote = quoting(options);
    this.separator = options.delimiter;
  }

  decode(document: unknown): unknown {
    const text = documentText(document, 'a CSV document');
    if (text === '' && this.options.header) throw new FormatError('a table expected, an empty document found', '');
    const rows = this.rowsOf(text);
    const columns = this.columnsBy(this.options.header ? rows.shift() : undefined);
    // Where there is a single column, an empty line is an empty cell.
    const records = columns.length === 1 ? rows : rows.filter((row) => row.length > 1 || row[0] !== '');
    const { isSingle } = this.table;
    if (isSingle && records.length !== 1) throw new FormatError(`one record expected, ${records.length} found`, '');
    const values = records.map((row, index) => this.recordOf(row, columns, index, isSingle ? '' : `/${index}`));
    return isSingle ? values[0] : values;
  }

  encode(value: unknown): unknown {
    checkJsonValue(value);
    const { isSingle } = this.table;
    if (!isSingle && !Array.isArray(value)) throw new FormatError('an array of records expected', '');
    const records = (isSingle ? [value] : (value as unknown[])).map((record, index) => {
      if (isValues(record)) return record;
      throw new FormatError('a record must be an object', isSingle ? '' : `/${index}`);
    });
    const columns = this.columns ?? namesIn(records).map((name) => this.prepare({ name, pointer: `/${pointerToken(name)}` }));
    if (columns.length === 0 && (records.length > 0 || this.columns !== undefined))
      throw new FormatError('there is no column: neither schema nor value names a member', '');
    if (this.columns === undefined && !this.options.header)
      throw new FormatError('without a header, nothing says what the columns are', '');
    let text = this.options.header ? columns.map(({ name }) => this.quote(name, true)).join(this.separator) + LINE_END : '';
    records.forEach((record, index) => {
      text += columns.map((column) => cellOf(record, column, isSingle ? '' : `/${index}`)).join(this.separator) + LINE_END;
    });
    return text;
  }

  private prepare(column: CsvColumn): PreparedColumn {
    const place = placeOf(this.table.record, column);
    return { name: column.name, path: pathOf(column.pointer), ...cellCodec(column, place, this.options) };
  }

  private rowsOf(text: string): Row[] {
    try {
      const rows: unknown = parse(text, {
        delimiter: this.options.delimiter,
        record_delimiter: ['\r\n', '\n'],
        trim: this.options.trim,
        relax_column_count: true,
        cast: (cell, { quoting: isQuoted }) => (isQuoted ? new QuotedCell(cell) : cell),
      });
      return rows as Row[];
    } catch (error) {
      throw new FormatError(`not a table of CSV: ${(error as Error).message}`);
    }
  }

  /** The columns of a document in its order; undefined for one that is passed over. */
  private columnsBy(header: Row | undefined): (PreparedColumn | undefined)[] {
    if (header === undefined) {
      if (this.options.header) throw new FormatError('a header expected, an empty document found', '');
      if (this.columns === undefined) throw new FormatError('neither a header nor the schema says what the columns are', '');
      return [...this.columns];
    }
    const names = header.map((cell) => (cell instanceof QuotedCell ? cell.text : cell));
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) throw new FormatError(`the column ${JSON.stringify(twice)} comes twice`);
    if (this.columns === undefined) {
      if (header.length === 1 && header[0] === '') return [];
      if (names.some((name) => name === '' || name === '__proto__')) throw new FormatError('a column has no name that a member can have');
      return names.map((name) => this.prepare({ name, pointer: `/${pointerToken(name)}` }));
    }
    const missing = this.columns.find(({ name }) => !names.includes(name));
    if (missing !== undefined) throw new FormatError(`the column ${JSON.stringify(missing.name)} is missing`);
    return names.map((name) => {
      const column = this.columns?.find((candidate) => candidate.name === name);
      if (column === undefined && !this.options.ignoreOthers) throw new FormatError(`nobody named the column ${JSON.stringify(name)}`);
      return column;
    });
  }

  private recordOf(row: Row, columns: readonly (PreparedColumn | undefined)[], index: number, at: string): Values {
    if (row.length !== columns.length)
      throw new FormatError(`record ${index + 1}: ${columns.length} cells expected, ${row.length} found`, at);
    // What has to be there comes back without values too.
    const record: Values = Object.fromEntries(this.table.kept.map((name) => [name, {}]));
    for (let position = 0; position < columns.length; position += 1) {
      const column = columns[position];
      if (column === undefined) continue;
      try {
        setAt(record, column.path, column.read(row[position] ?? ''));
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        throw new FormatError(`record ${index + 1}, column ${JSON.stringify(column.name)}: ${error.detail}`, at + pointerOf(column));
      }
    }
    return record;
  }
}

/** Sets a value, and the objects around it; nothing of a value that is missing. */
function setAt(record: Values, path: readonly string[], value: unknown): void {
  if (value === undefined) return;
  let within = record;
  for (let index = 0; index < path.length - 1; index += 1) within = (within[path[index] ?? ''] ??= {}) as Values;
  within[path[path.length - 1] ?? ''] = value;
}

function cellOf(record: Values, column: PreparedColumn, at: string): string {
  let value: unknown = record;
  for (const name of column.path) {
    if (value === undefined) break;
    if (value !== null && !isValues(value)) throw new FormatError('an object expected', at + pointerOf(column));
    value = value !== null && Object.hasOwn(value, name) ? value[name] : undefined;
  }
  try {
    return column.write(value);
  } catch (error) {
    throw error instanceof FormatError ? new FormatError(error.detail, at + pointerOf(column)) : error;
  }
}

const pointerOf = ({ path }: PreparedColumn): string => path.map((name) => `/${pointerToken(name)}`).join('');

const isValues = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isExactNumber(value);

function namesIn(records: readonly Values[]): string[] {
  const names = [...new Set(records.flatMap((record) => Object.keys(record)))];
  if (names.includes('__proto__')) throw new FormatError('a member must not be called __proto__', '');
  return names;
}
