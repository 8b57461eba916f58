import { OptionsReader } from '../options-reader.js';
import { pointerToken } from '../../../problems/dto-validation.js';
import type { FormatOptions } from '../payload-format.js';

/** A column of a table. */
export interface CsvColumn {
  /** What stands in the header. */
  readonly name: string;
  /** Where the cell's value stands in a record: an RFC 6901 pointer through objects. */
  readonly pointer: string;
  /** Type of the cell; absent, the schema says it. `json` is any value as JSON text. */
  readonly type?: 'string' | 'number' | 'boolean' | 'json';
}

/** Options of CSV. */
export interface CsvOptions {
  readonly delimiter: string;
  /** Whether the first line names the columns. */
  readonly header: boolean;
  /** Columns in their order; absent, those of the schema's properties. */
  readonly columns?: readonly CsvColumn[];
  /** Whether a document is a list of records or a single one; absent, the schema says it. */
  readonly rows?: 'many' | 'one';
  /** Whether columns that nobody named are passed over instead of refused. */
  readonly ignoreOthers: boolean;
  /** An unquoted cell that stands for null; absent, an empty cell does where null is the only thing missing. */
  readonly nullAs?: string;
  readonly decimal: '.' | ',';
  /** Whether white space around unquoted cells is taken away. */
  readonly trim: boolean;
}

const MOST_COLUMNS = 1_000;
const TYPES = ['string', 'number', 'boolean', 'json'];

/** @throws DomainError `validation-failed` */
export function readCsvOptions(options: unknown): FormatOptions {
  const reader = new OptionsReader('csv', options);
  const decimal = reader.oneOf('decimal', ['.', ','], '.');
  const delimiter =
    reader.text('delimiter', { pattern: /^[^"\r\n\p{L}\p{N}\uFEFF-]$/u, what: 'a single character' }) ?? (decimal === ',' ? ';' : ',');
  if (delimiter === decimal) reader.refuse('/delimiter', 'must not be the decimal sign');
  const rows = reader.raw('rows');
  if (rows !== undefined && rows !== 'many' && rows !== 'one') reader.refuse('/rows', 'must be many or one');
  const header = reader.flag('header', true);
  const columns = readColumns(reader, reader.raw('columns'));
  return reader.done({
    delimiter,
    header,
    columns,
    rows,
    ignoreOthers: reader.flag('ignoreOthers', false),
    nullAs: reader.text('nullAs', { pattern: /^[^"\r\n]+$/, what: 'a text without quotes and line breaks' }),
    decimal,
    trim: reader.flag('trim', false),
  });
}

function readColumns(reader: OptionsReader, given: unknown): CsvColumn[] | undefined {
  if (given === undefined) return undefined;
  if (!Array.isArray(given) || given.length === 0 || given.length > MOST_COLUMNS) {
    reader.refuse('/columns', `must be an array of at most ${MOST_COLUMNS} columns`);
    return undefined;
  }
  const columns: CsvColumn[] = [];
  given.forEach((column: unknown, index) => {
    const {
      name,
      pointer = typeof name === 'string' ? `/${pointerToken(name)}` : undefined,
      type,
      ...rest
    } = (typeof column === 'object' && column !== null ? column : {}) as Record<string, unknown>;
    const at = `/columns/${index}`;
    if (typeof name !== 'string' || name === '') reader.refuse(`${at}/name`, 'must be the text in the header');
    else if (columns.some((other) => other.name === name)) reader.refuse(`${at}/name`, 'is the name of another column too');
    if (typeof pointer !== 'string' || !/^(\/([^~/]|~[01])*)+$/.test(pointer) || pointer.split('/').includes('__proto__'))
      reader.refuse(`${at}/pointer`, 'must be an RFC 6901 pointer to a member of a record');
    else if (columns.some((other) => isWithin(pointer, other.pointer) || isWithin(other.pointer, pointer)))
      reader.refuse(`${at}/pointer`, 'is within the place of another column');
    if (type !== undefined && !TYPES.includes(type as string)) reader.refuse(`${at}/type`, `must be one of ${TYPES.join(', ')}`);
    for (const other of Object.keys(rest)) reader.refuse(`${at}/${pointerToken(other)}`, 'is not part of a column');
    columns.push({ name, pointer, ...(type === undefined ? {} : { type }) } as CsvColumn);
  });
  return columns;
}

const isWithin = (pointer: string, other: string): boolean => pointer === other || pointer.startsWith(`${other}/`);
