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

/** An array that is being written: its bytes, and the same bytes as numbers. */
interface Draft {
  readonly buffer: Buffer;
  readonly view: DataView;
}

function withHeader(bytes: number, oid: number, length: number): Draft {
  const buffer = Buffer.allocUnsafe(HEADER_BYTES + bytes);
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  view.setInt32(0, 1);
  view.setInt32(4, 1);
  view.setInt32(8, oid);
  view.setInt32(12, length);
  view.setInt32(16, 1);
  return { buffer, view };
}

// Plain loops: an iterator for each column of each message is garbage that a busy broker pays for.
function fixed<T>(oid: number, size: number, put: (view: DataView, value: T, at: number) => void): ArrayEncoder<T> {
  return (values) => {
    const { length } = values;
    let present = 0;
    for (let index = 0; index < length; index += 1) if (values[index] !== null) present += 1;
    const { buffer, view } = withHeader(4 * length + size * present, oid, length);
    let at = HEADER_BYTES;
    for (let index = 0; index < length; index += 1) {
      const value = values[index] ?? null;
      view.setInt32(at, value === null ? NULL_LENGTH : size);
      at += 4;
      if (value === null) continue;
      put(view, value, at);
      at += size;
    }
    return buffer;
  };
}

/** Safe integers only: beyond 2^53 the two halves would not be exact. */
function putInt64(view: DataView, value: number, at: number): void {
  const high = Math.floor(value / 0x1_0000_0000);
  view.setInt32(at, high);
  view.setUint32(at + 4, value - high * 0x1_0000_0000);
}

function variable<T>(oid: number, lengthOf: (value: T) => number, put: (buffer: Buffer, value: T, at: number) => void): ArrayEncoder<T> {
  return (values) => {
    const count = values.length;
    const lengths = new Array<number>(count);
    let bytes = 4 * count;
    for (let index = 0; index < count; index += 1) {
      const value = values[index] ?? null;
      const length = value === null ? NULL_LENGTH : lengthOf(value);
      lengths[index] = length;
      bytes += Math.max(length, 0);
    }
    const { buffer, view } = withHeader(bytes, oid, count);
    let at = HEADER_BYTES;
    for (let index = 0; index < count; index += 1) {
      const value = values[index] ?? null;
      const length = lengths[index] ?? NULL_LENGTH;
      view.setInt32(at, length);
      at += 4;
      if (value === null) continue;
      put(buffer, value, at);
      at += length;
    }
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
  boolean: fixed<boolean>(16, 1, (view, value, at) => view.setUint8(at, value ? 1 : 0)),
  smallint: fixed<number>(21, 2, (view, value, at) => view.setInt16(at, value)),
  integer: fixed<number>(23, 4, (view, value, at) => view.setInt32(at, value)),
  bigint: fixed<number>(20, 8, putInt64),
  timestamptz: fixed<number>(1184, 8, (view, value, at) => {
    putInt64(view, (value - POSTGRES_EPOCH_MS) * 1_000, at);
  }),
} as const;
