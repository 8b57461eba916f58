import { JsonTextError, parseJsonText } from '../../../kernel/json-text.js';
import { parseExact, stringifyExact } from '../../../kernel/exact-json.js';
import { FormatError } from '../payload-format.js';
import { excerpt, ScalarText, wellFormed } from '../scalar-text.js';
import type { ValueShape } from '../value-shape.js';
import type { CsvColumn, CsvOptions } from './csv-options.js';

/** A cell that stood in quotes. */
export class QuotedCell {
  constructor(readonly text: string) {}
}

/** How the values of one column are read and written. */
export interface CellCodec {
  /** The value of a cell, undefined where nothing stands. @throws FormatError */
  read(cell: string | QuotedCell): unknown;
  /** The cell of a value, ready for the line, empty for undefined. @throws FormatError */
  write(value: unknown): string;
}

/** What the schema says of the place of a column. */
export interface CellPlace {
  readonly shape: ValueShape;
  readonly isRequired: boolean;
}

/** What cells of a column can hold. */
export function cellScalar(column: CsvColumn, shape: ValueShape): ScalarText | 'json' {
  if (column.type === 'json') return 'json';
  if (column.type !== undefined) return new ScalarText(new Set([column.type]));
  return shape.kind === 'array' || shape.kind === 'object' ? 'json' : ScalarText.of(shape);
}

/** Whether null of a place can be told from nothing at all. */
export function keepsNull(scalar: ScalarText | 'json', { isRequired }: CellPlace, options: CsvOptions): boolean {
  return scalar === 'json' || options.nullAs !== undefined || isRequired;
}

/** Prepares a column. */
export function cellCodec(column: CsvColumn, place: CellPlace, options: CsvOptions): CellCodec {
  const scalar = cellScalar(column, place.shape);
  const { nullAs, decimal } = options;
  const quote = quoting(options);
  const isUntyped = column.type === undefined && place.shape.kind === 'any';
  if (scalar === 'json') {
    return {
      read(cell) {
        const text = cell instanceof QuotedCell ? cell.text : cell;
        return text === '' && !(cell instanceof QuotedCell) ? missing(place) : jsonOf(text);
      },
      write: (value) => (value === undefined ? '' : quote(stringifyExact(value))),
    };
  }
  const hasComma = decimal === ',' && !scalar.takesEmpty;
  const read = (text: string): unknown => scalar.read(hasComma ? text.replace(',', '.') : text);
  return {
    read(cell) {
      if (cell instanceof QuotedCell) return read(cell.text);
      if (cell === nullAs) return null;
      if (cell !== '') return read(cell);
      if (place.isRequired && scalar.takesNull && nullAs === undefined) return null;
      return place.isRequired && scalar.takesEmpty ? '' : missing(place);
    },
    write(value) {
      if (value === undefined) return '';
      if (value === null && (scalar.takesNull || isUntyped)) return nullAs ?? '';
      if (isUntyped && typeof value !== 'string') return quote(stringifyExact(value));
      const text = scalar.write(value);
      return quote(hasComma ? text.replace('.', ',') : text, typeof value === 'string');
    },
  };
}

function missing({ isRequired }: CellPlace): unknown {
  if (isRequired) throw new FormatError('a value expected, an empty cell found');
  return undefined;
}

function jsonOf(text: string): unknown {
  try {
    parseJsonText(text);
    return parseExact(text);
  } catch (error) {
    if (error instanceof JsonTextError || error instanceof SyntaxError) throw new FormatError(`JSON expected, ${excerpt(text)} found`);
    throw error;
  }
}

/** Puts quotes where RFC 4180 asks for them, where white space would be lost, and where a text would be taken for nothing or null. */
export function quoting({ delimiter, nullAs }: CsvOptions): (text: string, isText?: boolean) => string {
  return (text, isText = false) => {
    const needsQuotes =
      text.includes('"') || text.includes(delimiter) || /^[\s\uFEFF]|[\r\n]|\s$/.test(text) || (isText && (text === '' || text === nullAs));
    return needsQuotes ? `"${wellFormed(text).replaceAll('"', '""')}"` : text;
  };
}
