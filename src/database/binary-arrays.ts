/**
 * One-dimensional arrays in PostgreSQL's binary form (its documentation calls it "send/receive"; the layout is that of array_recv). As a parameter, a
 * Buffer is passed on as it is: nothing is quoted here and nothing parsed there, which for a batch of messages is a third of the work of both sides.
 */

/** Header: dimensions, whether nulls may occur, element type, length, lower bound; four bytes each. */
const HEADER_BYTES = 20;
const NULL_LENGTH = -1;
/** PostgreSQL counts microseconds from the year 2000. */
const POSTGRES_EPOCH_MS = 946_684_800_000;

/** Encodes the values of one array parameter. */
export type ArrayEncoder<T> = (values: readonly (T | null)[]) => Buffer;

function withHeader(bytes: number, oid: number, length: number): Buffer {
  const buffer = Buffer.allocUnsafe(HEADER_BYTES + bytes);
  buffer.writeInt32BE(1, 0);
  buffer.writeInt32BE(1, 4);
  buffer.writeInt32BE(oid, 8);
  buffer.writeInt32BE(length, 12);
  buffer.writeInt32BE(1, 16);
  return buffer;
}

function fixed<T>(oid: number, size: number, put: (buffer: Buffer, value: T, at: number) => void): ArrayEncoder<T> {
  return (values) => {
    let present = 0;
    for (const value of values) if (value !== null) present += 1;
    const buffer = withHeader(4 * values.length + size * present, oid, values.length);
    let at = HEADER_BYTES;
    for (const value of values) {
      at = buffer.writeInt32BE(value === null ? NULL_LENGTH : size, at);
      if (value === null) continue;
      put(buffer, value, at);
      at += size;
    }
    return buffer;
  };
}

/** Safe integers only: beyond 2^53 the two halves would not be exact. */
function putInt64(buffer: Buffer, value: number, at: number): void {
  const high = Math.floor(value / 0x1_0000_0000);
  buffer.writeInt32BE(high, at);
  buffer.writeUInt32BE(value - high * 0x1_0000_0000, at + 4);
}

function variable<T>(oid: number, lengthOf: (value: T) => number, put: (buffer: Buffer, value: T, at: number) => void): ArrayEncoder<T> {
  return (values) => {
    const lengths = new Array<number>(values.length);
    let bytes = 4 * values.length;
    values.forEach((value, index) => {
      const length = value === null ? NULL_LENGTH : lengthOf(value);
      lengths[index] = length;
      bytes += Math.max(length, 0);
    });
    const buffer = withHeader(bytes, oid, values.length);
    let at = HEADER_BYTES;
    values.forEach((value, index) => {
      const length = lengths[index] ?? NULL_LENGTH;
      at = buffer.writeInt32BE(length, at);
      if (value === null) return;
      put(buffer, value, at);
      at += length;
    });
    return buffer;
  };
}

/** Encoders by the name of the element type. Integers are numbers, times are epoch milliseconds. */
export const BINARY_ARRAYS = {
  text: variable<string>(
    25,
    (value) => Buffer.byteLength(value),
    (buffer, value, at) => buffer.write(value, at),
  ),
  bytea: variable<Buffer>(
    17,
    (value) => value.length,
    (buffer, value, at) => value.copy(buffer, at),
  ),
  boolean: fixed<boolean>(16, 1, (buffer, value, at) => buffer.writeUInt8(value ? 1 : 0, at)),
  smallint: fixed<number>(21, 2, (buffer, value, at) => buffer.writeInt16BE(value, at)),
  integer: fixed<number>(23, 4, (buffer, value, at) => buffer.writeInt32BE(value, at)),
  bigint: fixed<number>(20, 8, putInt64),
  timestamptz: fixed<number>(1184, 8, (buffer, value, at) => {
    putInt64(buffer, (value - POSTGRES_EPOCH_MS) * 1_000, at);
  }),
} as const;
