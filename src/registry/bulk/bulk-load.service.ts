/**
 * One bulk, from its first line to its last. While a batch is written, the next is read: no more, so that a sender who is faster than the database, or who
 * does not read the answer, is slowed by its own connection. A batch is as large as what came while the one before was written, within limits; a sender that
 * waits for its answers gets them at once. Batches are committed and acknowledged in order.
 */
import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import type { Readable } from 'node:stream';
import { Injectable, Logger } from '@nestjs/common';
import { DomainError } from '../../problems/domain-error.js';
import { problemDocument, toDomainError } from '../../problems/problem-document.js';
import { SearchIndex } from '../search/search-index.js';
import { TwinSubmissions } from '../twin-submission.js';
import type { BulkLine } from './bulk-line.js';
import { BulkLineReader } from './bulk-line-reader.js';
import { BATCH_BYTES, BATCH_LINES, MAX_LINE_BYTES, MAX_LINES } from './bulk-limits.js';
import { BulkProgress, type LineCounts } from './bulk-progress.js';
import { type BulkBatch, type BulkSender, BulkWriter } from './bulk-writer.js';
import { KnownFeatures } from './known-features.js';
import { LineSource } from './line-source.js';

/** Milliseconds of reading between two chances for other requests. */
const LONGEST_BREATH_MS = 8;

/** What comes in and how it is counted. */
export interface BulkInput {
  readonly lines: Readable;
  /** Number of the first line. */
  readonly from: number;
  /** Ends the bulk after the batch under way; its reason, a DomainError, is told. */
  readonly signal: AbortSignal;
}

interface Gathering {
  readonly source: LineSource;
  readonly reader: BulkLineReader;
  readonly from: number;
  nextLine: number;
  /** Resolves when nothing is being written, so that a sender who waits need not. */
  idle: Promise<unknown>;
  isIdle: boolean;
}

/** Reads bulks and has them written. */
@Injectable()
export class BulkLoadService {
  private readonly logger = new Logger(BulkLoadService.name);

  constructor(
    private readonly submissions: TwinSubmissions,
    private readonly known: KnownFeatures,
    private readonly index: SearchIndex,
    private readonly writer: BulkWriter,
    private readonly progress: BulkProgress,
  ) {}

  /**
   * Refuses to go on behind a gap: lines that a bulk of this id has not had yet.
   * @throws DomainError `state-conflict`
   */
  async refuseGap({ bulk }: BulkSender, from: number): Promise<void> {
    const known = await this.progress.find(bulk);
    if (known === undefined || from <= known.committedLine + 1) return;
    throw new DomainError(
      'state-conflict',
      `The bulk ${bulk.id} came as far as line ${known.committedLine}: going on from line ${from} would leave lines out.`,
      { extensions: { committedLine: known.committedLine } },
    );
  }

  /** Reads, writes and answers, piece by piece; the last piece is the line that says whether the bulk was read to its end. */
  async *load(sender: BulkSender, { lines, from, signal }: BulkInput): AsyncGenerator<string, void, undefined> {
    const gathering: Gathering = {
      source: new LineSource(lines, MAX_LINE_BYTES),
      reader: new BulkLineReader(this.submissions, this.known, this.index, sender.principal.organization),
      from,
      nextLine: from,
      idle: Promise.resolve(),
      isIdle: true,
    };
    const total: LineCounts = { created: 0, replaced: 0, unchanged: 0, refused: 0 };
    let committedLine = from - 1;
    const end = (problem?: DomainError): string =>
      `${JSON.stringify({ complete: problem === undefined, committedLine, ...total, ...(problem && { problem: problemDocument(problem) }) })}\n`;
    try {
      let next = this.gather(gathering, signal);
      for (let batch = await next; batch !== undefined; batch = await next) {
        if (signal.aborted || gathering.source.broken) break;
        const written = this.writer.write(sender, batch);
        gathering.isIdle = false;
        gathering.idle = written.then(
          () => (gathering.isIdle = true),
          () => (gathering.isIdle = true),
        );
        next = this.gather(gathering, signal);
        next.catch(() => undefined);
        const { text, counts } = await written;
        committedLine = batch.lastLine;
        for (const result of ['created', 'replaced', 'unchanged', 'refused'] as const) total[result] += counts[result];
        yield text;
      }
      if (gathering.source.broken) return;
      if (signal.aborted) yield end(toDomainError(signal.reason));
      else if (!gathering.source.ended) yield end(tooManyLines(gathering.nextLine));
      else {
        await this.progress.note(sender.bulk, 'COMPLETE', committedLine, { created: 0, replaced: 0, unchanged: 0, refused: 0 });
        yield end();
      }
    } catch (error) {
      const problem = toDomainError(error);
      if (problem.code === 'internal') this.logger.error({ err: error, bulk: sender.bulk.id }, 'A bulk broke off.');
      yield end(problem);
    }
  }

  /** The next batch; undefined at the end. */
  private async gather(gathering: Gathering, signal: AbortSignal): Promise<BulkBatch | undefined> {
    const { source, reader, from } = gathering;
    const lines: BulkLine[] = [];
    const first = gathering.nextLine;
    let bytes = 0;
    let breath = performance.now();
    while (lines.length < BATCH_LINES && bytes < BATCH_BYTES && gathering.nextLine < from + MAX_LINES && !signal.aborted) {
      const input = source.next();
      if (input === undefined) {
        if (source.ended || source.broken) break;
        if (lines.length === 0) await untilAborted(source.changed(), signal);
        else if (gathering.isIdle) break;
        else await Promise.race([untilAborted(source.changed(), signal), gathering.idle]);
        continue;
      }
      bytes += input.bytes?.length ?? 0;
      const line = await reader.read(gathering.nextLine, input);
      gathering.nextLine += 1;
      if (line !== undefined) lines.push(line);
      if (performance.now() - breath < LONGEST_BREATH_MS) continue;
      await setImmediate();
      breath = performance.now();
    }
    return gathering.nextLine === first ? undefined : { lines, lastLine: gathering.nextLine - 1 };
  }
}

async function untilAborted(event: Promise<void>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  let wake = (): void => undefined;
  const aborted = new Promise<void>((resolve) => {
    wake = resolve;
  });
  signal.addEventListener('abort', wake, { once: true });
  await Promise.race([event, aborted]);
  signal.removeEventListener('abort', wake);
}

function tooManyLines(next: number): DomainError {
  return new DomainError('payload-too-large', `A bulk may have ${MAX_LINES} lines; send the rest as another request with ?from=${next}.`);
}
