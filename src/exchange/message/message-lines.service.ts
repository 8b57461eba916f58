import { performance } from 'node:perf_hooks';
import type { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { decodeUtf8 } from '../../kernel/json-text.js';
import { DomainError } from '../../problems/domain-error.js';
import { problemDocument, toDomainError } from '../../problems/problem-document.js';
import { type InputLine, LineSource } from '../../registry/bulk/line-source.js';
import type { Principal } from '../../security/principal.js';
import { AcceptanceService } from './acceptance.service.js';
import { MAX_MESSAGE_BYTES } from './limits.js';
import { receiptText } from './message.presenter.js';
import { MessageSequence } from './message-sequence.js';

/** Messages of one request, and bytes of them, whose outcome is not written yet; nothing more is read until there is room again. */
const WINDOW = { messages: 1_000, bytes: 4 * 1_048_576 } as const;
/** Milliseconds of reading between two chances for other requests. */
const LONGEST_BREATH_MS = 8;
const BLANK = /^[ \t\r]*$/;

/** Who sends. */
export interface LinesCaller {
  readonly principal: Principal;
  /** The trace of messages that name none themselves. */
  readonly traceparent?: string;
}

/** A line whose outcome is to be told. */
interface Begun {
  bytes: number;
  /** The outcome as text, once it is known. */
  outcome?: string;
}

/** Takes messages in line by line, for as long as the caller sends and reads. */
@Injectable()
export class MessageLinesService implements OnModuleDestroy {
  private readonly logger = new Logger(MessageLinesService.name);
  private readonly stopped = new AbortController();
  /** Given when the broker stops; its reason is a DomainError. */
  readonly stopping = this.stopped.signal;

  constructor(private readonly acceptance: AcceptanceService) {}

  /** Ends every request of this kind: what was begun is told, and the caller is told to come back. */
  onModuleDestroy(): void {
    this.stopped.abort(
      new DomainError('shutting-down', 'The broker is stopping; send what has no outcome again.', { retryAfterSeconds: 1 }),
    );
  }

  /**
   * The outcomes as lines, in the order of the messages; the last line says whether the input was read to its end. Reads on only while its lines are
   * taken.
   */
  async *take(caller: LinesCaller, input: Readable, signal: AbortSignal): AsyncGenerator<string, void, undefined> {
    const call = new LinesCall(caller, input, signal, new MessageSequence(this.acceptance));
    const reading = call.read();
    try {
      for (;;) {
        const text = call.outcomes();
        if (text !== '') yield text;
        else if (call.isOver) break;
        else await call.news();
      }
      await reading;
      if (call.isBroken) return;
      yield call.end(signal.aborted ? toDomainError(signal.reason) : undefined);
    } catch (error) {
      const problem = toDomainError(error);
      if (problem.code === 'internal') this.logger.error({ err: error }, 'Messages sent line by line broke off.');
      yield call.end(problem);
    } finally {
      call.abandon();
      await reading.catch(() => undefined);
    }
  }
}

/** One request: what came in, and what is to be told. */
class LinesCall {
  private readonly source: LineSource;
  private readonly begun: Begun[] = [];
  private heldBytes = 0;
  private line = 0;
  private readonly counts = { accepted: 0, refused: 0 };
  private finished = false;
  private abandoned = false;
  private wakeReader: (() => void) | undefined;
  private wakeWriter: (() => void) | undefined;

  constructor(
    private readonly caller: LinesCaller,
    input: Readable,
    private readonly signal: AbortSignal,
    private readonly sequence: MessageSequence,
  ) {
    this.source = new LineSource(input, MAX_MESSAGE_BYTES);
    signal.addEventListener('abort', () => this.wakeReader?.(), { once: true });
  }

  /** Everything is told. */
  get isOver(): boolean {
    return this.finished && this.begun.length === 0;
  }

  /** The caller went away in the middle. */
  get isBroken(): boolean {
    return this.source.broken;
  }

  /** Reads until the input is over. */
  async read(): Promise<void> {
    let breath = performance.now();
    try {
      while (!this.signal.aborted && !this.abandoned) {
        if (this.begun.length >= WINDOW.messages || this.heldBytes >= WINDOW.bytes) {
          await this.woken();
          continue;
        }
        const input = this.source.next();
        if (input !== undefined) await this.begin(input);
        else if (this.source.ended) return;
        else await Promise.race([this.source.changed(), this.woken()]);
        if (performance.now() - breath < LONGEST_BREATH_MS) continue;
        await setImmediate();
        breath = performance.now();
      }
    } finally {
      this.finished = true;
      this.wakeWriter?.();
    }
  }

  /** The outcomes that come next and are known, as lines. */
  outcomes(): string {
    let text = '';
    for (let next = this.begun[0]; next?.outcome !== undefined; next = this.begun[0]) {
      text += next.outcome;
      this.heldBytes -= next.bytes;
      this.begun.shift();
    }
    if (text !== '') this.wakeReader?.();
    return text;
  }

  /** Resolves when {@link outcomes} may have something. */
  async news(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.wakeWriter = resolve;
    });
  }

  /** The last line. */
  end(problem: DomainError | undefined): string {
    const { line: lines, counts } = this;
    return `${JSON.stringify({ complete: problem === undefined, lines, ...counts, ...(problem && { problem: problemDocument(problem) }) })}\n`;
  }

  /** Nobody takes the outcomes any more: nothing more is read. */
  abandon(): void {
    this.abandoned = true;
    this.wakeReader?.();
  }

  private async begin({ bytes }: InputLine): Promise<void> {
    this.line += 1;
    const { line } = this;
    const begun: Begun = { bytes: bytes?.length ?? 0 };
    try {
      if (bytes === undefined)
        throw new DomainError('payload-too-large', `A message may have at most ${MAX_MESSAGE_BYTES} bytes; send larger data by reference.`);
      const text = decodeUtf8(bytes);
      if (text.length < 16 && BLANK.test(text)) return;
      this.begun.push(begun);
      this.heldBytes += begun.bytes;
      const { receipt } = await this.sequence.begin(this.caller.principal, text, this.caller.traceparent);
      receipt.then(
        (accepted) => this.settle(begun, 'accepted', `{"line":${line},"receipt":${receiptText(accepted)}}`),
        (error: unknown) => this.settle(begun, 'refused', JSON.stringify({ line, problem: problemDocument(toDomainError(error)) })),
      );
    } catch (error) {
      this.begun.push(begun);
      this.settle(begun, 'refused', JSON.stringify({ line, problem: problemDocument(toDomainError(error)) }));
    }
  }

  private settle(begun: Begun, as: 'accepted' | 'refused', outcome: string): void {
    this.counts[as] += 1;
    begun.outcome = `${outcome}\n`;
    if (begun === this.begun[0]) this.wakeWriter?.();
  }

  private async woken(): Promise<void> {
    if (this.signal.aborted || this.abandoned) return;
    await new Promise<void>((resolve) => {
      this.wakeReader = resolve;
    });
  }
}
