/*
 * Columns of many rows as parameters of one statement. pg writes arrays element by element with two regular expressions each, and bytes within arrays as
 * escaped hexadecimal digits; for thousands of rows with documents that costs more than to make them.
 */

/** The literal of an array of texts or numbers. */
export function arrayLiteral(values: readonly (string | number | null)[]): string {
  let literal = '{';
  for (const [index, value] of values.entries()) {
    if (index > 0) literal += ',';
    if (value === null) literal += 'NULL';
    else literal += typeof value === 'number' ? String(value) : `"${escaped(value)}"`;
  }
  return `${literal}}`;
}

function escaped(text: string): string {
  return text.includes('"') || text.includes('\\') ? text.replace(/["\\]/g, '\\$&') : text;
}

/** Values of bytes, one after the other, and where each is: the parameters of {@link unpacked}. */
export interface PackedBytes {
  readonly bytes: Buffer;
  /** Literals of integer arrays: first byte of each, from 1, and number of bytes; both NULL for none. */
  readonly starts: string;
  readonly lengths: string;
}

/** Packs a column of bytes into one binary parameter. */
export function packedBytes(values: readonly (Buffer | null)[]): PackedBytes {
  const starts: (number | null)[] = [];
  let start = 1;
  for (const value of values) {
    starts.push(value === null ? null : start);
    start += value?.length ?? 0;
  }
  return {
    bytes: Buffer.concat(values.filter((value) => value !== null)),
    starts: arrayLiteral(starts),
    lengths: arrayLiteral(values.map((value) => value?.length ?? null)),
  };
}

/** SQL of one value of a packed column: null where there was none. */
export function unpacked(bytes: string, start: string, length: string): string {
  return `substring(${bytes}::bytea FROM ${start} FOR ${length})`;
}
