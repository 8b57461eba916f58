import type { Readable } from 'node:stream';

const LF = 0x0a;

/** A line without its line break; undefined `bytes`: it was longer than a line may be, and was passed over. */
export interface InputLine {
  readonly bytes?: Buffer;
}

/**
 * The lines of a stream, pulled one by one: nothing is read that is not asked for, so that a sender is slowed by whoever does not pull. Holds one chunk
 * and at most one unfinished line.
 */
export class LineSource {
  private chunk: Buffer = Buffer.alloc(0);
  private offset = 0;
  private parts: Buffer[] = [];
  private held = 0;
  private overlong = false;
  private over = false;
  private failure: Error | undefined;
  private wake: (() => void) | undefined;

  constructor(
    private readonly input: Readable,
    private readonly maxBytes: number,
  ) {
    const changed = (): void => this.wake?.();
    input.on('readable', changed);
    input.once('end', () => {
      this.over = true;
      changed();
    });
    input.once('error', (error) => {
      this.failure ??= error;
      changed();
    });
    input.once('close', () => {
      if (!this.over) this.failure ??= new Error('The connection was closed before the end of the input.');
      changed();
    });
  }

  /** The input broke off: what was sent is not whole. */
  get broken(): boolean {
    return this.failure !== undefined;
  }

  /** Nothing more will come. */
  get ended(): boolean {
    return this.broken || (this.over && this.offset >= this.chunk.length && this.held === 0 && !this.overlong);
  }

  /** The next line, if a whole one is at hand; a last line without line break counts once the input is over. */
  next(): InputLine | undefined {
    while (!this.broken) {
      const end = this.chunk.indexOf(LF, this.offset);
      if (end >= 0) {
        const last = this.chunk.subarray(this.offset, end);
        this.offset = end + 1;
        return this.finish(last);
      }
      this.hold(this.chunk.subarray(this.offset));
      this.offset = 0;
      const more = this.input.read() as Buffer | null;
      this.chunk = more ?? Buffer.alloc(0);
      if (more !== null) continue;
      return this.over && (this.held > 0 || this.overlong) ? this.finish(Buffer.alloc(0)) : undefined;
    }
    return undefined;
  }

  /** Resolves when there may be more at hand, or nothing will ever be. */
  async changed(): Promise<void> {
    if (this.over || this.broken || this.input.readableLength > 0) return;
    await new Promise<void>((resolve) => {
      this.wake = resolve;
    });
  }

  private hold(part: Buffer): void {
    if (part.length === 0 || this.overlong) return;
    this.held += part.length;
    if (this.held <= this.maxBytes) this.parts.push(part);
    else {
      this.overlong = true;
      this.parts = [];
    }
  }

  private finish(last: Buffer): InputLine {
    const { parts, held, overlong } = this;
    this.parts = [];
    this.held = 0;
    this.overlong = false;
    if (overlong || held + last.length > this.maxBytes) return {};
    return { bytes: parts.length === 0 ? last : Buffer.concat([...parts, last]) };
  }
}
