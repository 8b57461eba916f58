/** Text frames of a server (RFC 6455, section 5.2: not masked, not compressed, each a whole message), many in one piece of memory that is used again. */

const CHUNK_BYTES = 64 * 1024;
/** Chunks kept for all sessions. */
const MAX_FREE = 32;
const FINAL_TEXT = 0x81;
/** Opcode, the mark of a longer length, and the length. */
const LONGEST_HEADER = 10;
const SHORT_HEADER = 2;
const MIDDLE_HEADER = 4;
const SHORT_LENGTH = 125;
const MIDDLE_LENGTH = 0xffff;
const MIDDLE_MARK = 126;
const LONG_MARK = 127;
/** UTF-8 has no more bytes than this for each unit of a string. */
const MOST_BYTES_PER_UNIT = 3;

const free: Buffer[] = [];

/** Frames on their way into one write. */
export class TextFrames {
  private length = 0;

  private constructor(private readonly buffer: Buffer) {}

  /** Room for at least a frame of this text. */
  static startingWith(text: string): TextFrames {
    const needed = LONGEST_HEADER + text.length * MOST_BYTES_PER_UNIT;
    return new TextFrames((needed <= CHUNK_BYTES ? free.pop() : undefined) ?? Buffer.allocUnsafeSlow(Math.max(needed, CHUNK_BYTES)));
  }

  /** Bytes of all frames so far. */
  get bytes(): number {
    return this.length;
  }

  /** What is to be written. */
  get written(): Buffer {
    return this.buffer.subarray(0, this.length);
  }

  /** Adds a frame, unless there may be no room for it. */
  add(text: string): boolean {
    const { buffer, length: start } = this;
    if (start + LONGEST_HEADER + text.length * MOST_BYTES_PER_UNIT > buffer.length) return false;
    // The header's length is that of the shortest form, and not known before the text's: most texts are of the middle length.
    const length = buffer.write(text, start + MIDDLE_HEADER);
    buffer[start] = FINAL_TEXT;
    if (length <= SHORT_LENGTH) {
      buffer.copyWithin(start + SHORT_HEADER, start + MIDDLE_HEADER, start + MIDDLE_HEADER + length);
      buffer[start + 1] = length;
      this.length = start + SHORT_HEADER + length;
    } else if (length <= MIDDLE_LENGTH) {
      buffer[start + 1] = MIDDLE_MARK;
      buffer.writeUInt16BE(length, start + 2);
      this.length = start + MIDDLE_HEADER + length;
    } else {
      buffer.copyWithin(start + LONGEST_HEADER, start + MIDDLE_HEADER, start + MIDDLE_HEADER + length);
      buffer[start + 1] = LONG_MARK;
      buffer.writeUInt32BE(0, start + 2);
      buffer.writeUInt32BE(length, start + 6);
      this.length = start + LONGEST_HEADER + length;
    }
    return true;
  }

  /** Gives the memory back: it has been written, or never will be. */
  release(): void {
    if (this.buffer.length === CHUNK_BYTES && free.length < MAX_FREE) free.push(this.buffer);
  }
}
