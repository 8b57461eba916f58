/**
 * Values of a prepared statement, written in PostgreSQL's binary form (its documentation calls it "send/receive"; arrays as array_recv reads them) straight
 * into the bytes that are sent: nothing is quoted here and nothing parsed there, no array or row is an object of its own in between, and the bytes are used
 * again for the next batch. For a batch of messages this is a third of the work of both sides, and what its garbage collection costs.
 */

/** A type of elements of arrays: its oid, and how a value is written. */
export interface ElementType<T> {
  readonly oid: number;
  readonly put: (writer: BindWriter, value: T) => void;
}

/** Dimensions, whether nulls may occur, element type, length, lower bound; four bytes each. */
const ARRAY_HEADER_BYTES = 20;
const NULL_LENGTH = -1;
const FORMAT_BINARY = 1;
/** UTF-8 has no more bytes than this for each unit of a string. */
const MOST_BYTES_PER_UNIT = 3;
/** PostgreSQL counts microseconds from the year 2000. */
const POSTGRES_EPOCH_MS = 946_684_800_000;
const FIRST_BYTES = 16 * 1024;
const BIND = 0x42;
const CODE_BYTES = 1;
/** Execute of the unnamed portal without a limit of rows, then Sync. No Describe: who asks knows what comes. */
const EXECUTE_AND_SYNC = Buffer.from([0x45, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0x53, 0, 0, 0, 4]);

/** Writes one Bind message after the other, each over the one before. */
export class BindWriter {
  private buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  private view = new DataView(this.buffer.buffer);
  private at = 0;

  /** Room for messages that it keeps. */
  get capacity(): number {
    return this.buffer.length;
  }

  /** Begins the Bind of a statement; as many values have to follow as it has parameters. */
  begin(statement: string, parameters: number): void {
    this.at = 0;
    this.room(32 + statement.length * MOST_BYTES_PER_UNIT);
    this.buffer[0] = BIND;
    this.buffer[5] = 0;
    this.at = 6;
    this.at += this.buffer.write(statement, this.at);
    this.buffer[this.at] = 0;
    this.at += 1;
    for (const value of [1, FORMAT_BINARY, parameters]) {
      this.view.setInt16(this.at, value);
      this.at += 2;
    }
  }

  /** Ends it. The bytes (Bind, Execute, Sync) are good until the next one begins. */
  end(): Buffer {
    this.room(2 + EXECUTE_AND_SYNC.length);
    // Results come as text.
    this.view.setInt16(this.at, 0);
    this.at += 2;
    this.view.setInt32(CODE_BYTES, this.at - CODE_BYTES);
    this.at += EXECUTE_AND_SYNC.copy(this.buffer, this.at);
    return this.buffer.subarray(0, this.at);
  }

  null(): void {
    this.room(4);
    this.view.setInt32(this.at, NULL_LENGTH);
    this.at += 4;
  }

  text(value: string | null): void {
    if (value === null) return this.null();
    this.room(4 + value.length * MOST_BYTES_PER_UNIT);
    const written = this.buffer.write(value, this.at + 4);
    this.view.setInt32(this.at, written);
    this.at += 4 + written;
  }

  bytes(value: Buffer): void {
    const at = this.fixed(value.length);
    value.copy(this.buffer, at);
  }

  boolean(value: boolean): void {
    const at = this.fixed(1);
    this.buffer[at] = value ? 1 : 0;
  }

  smallint(value: number): void {
    const at = this.fixed(2);
    this.view.setInt16(at, value);
  }

  integer(value: number): void {
    const at = this.fixed(4);
    this.view.setInt32(at, value);
  }

  /** A bigint; safe integers only: beyond 2^53 its two halves would not be exact. */
  bigint(value: number): void {
    const at = this.fixed(8);
    const high = Math.floor(value / 0x1_0000_0000);
    this.view.setInt32(at, high);
    this.view.setUint32(at + 4, value - high * 0x1_0000_0000);
  }

  /** A bigint as it was read: its digits. */
  digits(value: string): void {
    const at = this.fixed(8);
    this.view.setBigInt64(at, BigInt(value));
  }

  /** Milliseconds since 1970. */
  time(value: number): void {
    this.bigint((value - POSTGRES_EPOCH_MS) * 1_000);
  }

  /** A one-dimensional array of what `value` says of each of these; null where it says null. */
  array<Row, T>(type: ElementType<T>, rows: readonly Row[], value: (row: Row) => T | null): void {
    this.room(4 + ARRAY_HEADER_BYTES);
    const start = this.at;
    const { length } = rows;
    const header = [length === 0 ? 0 : 1, 1, type.oid, length, 1];
    // An empty array has no dimension, and so neither length nor bound.
    const words = length === 0 ? 3 : 5;
    for (let word = 0; word < words; word += 1) this.view.setInt32(start + 4 + 4 * word, header[word] ?? 0);
    this.at = start + 4 + 4 * words;
    // A plain loop: an iterator for each column of each batch is garbage that a busy broker pays for.
    for (let index = 0; index < length; index += 1) {
      const element = value(rows[index] as Row);
      if (element === null) this.null();
      else type.put(this, element);
    }
    this.view.setInt32(start, this.at - start - 4);
  }

  /** Room for a value of so many bytes, after its length; where it goes. */
  private fixed(size: number): number {
    this.room(4 + size);
    this.view.setInt32(this.at, size);
    this.at += 4 + size;
    return this.at - size;
  }

  private room(needed: number): void {
    if (this.at + needed <= this.buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(2 * this.buffer.length, this.at + needed));
    this.buffer.copy(grown, 0, 0, this.at);
    this.buffer = grown;
    this.view = new DataView(grown.buffer);
  }
}

/** Types by PostgreSQL's name. Integers are numbers, times epoch milliseconds; `digits` is a bigint that no number holds. */
export const ELEMENTS = {
  text: { oid: 25, put: (writer: BindWriter, value: string) => writer.text(value) },
  bytea: { oid: 17, put: (writer: BindWriter, value: Buffer) => writer.bytes(value) },
  boolean: { oid: 16, put: (writer: BindWriter, value: boolean) => writer.boolean(value) },
  smallint: { oid: 21, put: (writer: BindWriter, value: number) => writer.smallint(value) },
  integer: { oid: 23, put: (writer: BindWriter, value: number) => writer.integer(value) },
  bigint: { oid: 20, put: (writer: BindWriter, value: number) => writer.bigint(value) },
  digits: { oid: 20, put: (writer: BindWriter, value: string) => writer.digits(value) },
  timestamptz: { oid: 1184, put: (writer: BindWriter, value: number) => writer.time(value) },
} as const;
