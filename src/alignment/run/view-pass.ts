import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import { type StreamPlace, StreamReader, type StreamRow } from '../../exchange/log/stream-reader.js';
import { SurroundingsService } from '../member/surroundings.service.js';
import { ValueAdaptation } from '../member/value-adaptation.js';
import { Checkpoints } from './checkpoints.js';
import type { ViewRun } from './view-run.js';
import { ViewTimes } from './view-times.js';

/** Streams that one query reads at most. */
const MAX_STREAMS = 10_000;
/** Rows that one query gives at most, roughly: what is read is counted and let go. */
const MAX_ROWS = 20_000;
const MAX_ROWS_OF_STREAM = 500;

interface Reading {
  readonly run: ViewRun;
  readonly stream: StreamPlace;
}

/** One look at what views join: the streams of all of them are read together, then each goes on by itself. */
@Injectable()
export class ViewPass {
  constructor(
    private readonly database: Database,
    private readonly streams: StreamReader,
    private readonly surroundings: SurroundingsService,
    private readonly values: ValueAdaptation,
    private readonly checkpoints: Checkpoints,
    private readonly times: ViewTimes,
  ) {}

  /** Brings the members of a run up to date, where something may have changed. */
  async look(run: ViewRun): Promise<void> {
    const now = this.database.clock.now();
    const age = now - run.lookedAt;
    if (!(run.mayHaveChanged && age >= this.times.membersLeastMs) && age < this.times.membersMostMs) return;
    // Before the look: what happens meanwhile makes it look again.
    run.mayHaveChanged = false;
    run.lookedAt = now;
    run.join(await this.surroundings.of(run.view.definition));
    const ends = await this.streams.ends(run.unplaced());
    for (const [channel, end] of ends) run.place(channel, end);
  }

  /**
   * Reads what the runs have not counted yet, to the end of each stream. Says up to which moment everything accepted has been counted: the one at which
   * the first query began. Streams that had more than one query gives are read on, and may be ahead of the others; the watermark is not.
   */
  async read(runs: readonly ViewRun[]): Promise<number> {
    const complete = this.database.clock.now();
    let open: Reading[] = runs.flatMap((run) => run.streams().map((stream) => ({ run, stream })));
    while (open.length > 0) {
      const more: Reading[] = [];
      for (let first = 0; first < open.length; first += MAX_STREAMS) {
        more.push(...(await this.readSome(open.slice(first, first + MAX_STREAMS))));
      }
      open = more;
    }
    return complete;
  }

  /** Closes, corrects and stores what is due of a run. @throws ViewLost when it is another broker's by now */
  async settle(run: ViewRun, complete: number): Promise<void> {
    const isCloseDue = run.isCloseDue(complete);
    if (!isCloseDue && !run.isSaveDue(this.database.clock.now())) return;
    const kept = run.timeline.hasLate ? await this.checkpoints.loadSlots(run.view, run.timeline.touched()) : new Map<number, never>();
    const changed = run.correct(kept);
    const due = [...changed, ...run.close(complete)].map((slot) => run.due(slot));
    const bytes = await this.checkpoints.save(run.view, run.fence, run.remembered(), due);
    run.saved(bytes, this.database.clock.now());
  }

  /** One query; gives those that may have more. */
  private async readSome(readings: readonly Reading[]): Promise<Reading[]> {
    const limit = Math.max(1, Math.min(MAX_ROWS_OF_STREAM, Math.floor(MAX_ROWS / readings.length)));
    const found = await this.streams.after(
      readings.map(({ stream }) => stream),
      limit,
    );
    const received = await this.receive(readings, found);
    const now = this.database.clock.now();
    return readings.flatMap(({ run, stream: { channel } }, index) => {
      const rows = received[index] ?? [];
      run.take(channel, rows, now);
      const last = rows.at(-1);
      return rows.length < limit || last === undefined ? [] : [{ run, stream: { channel, after: last.position } }];
    });
  }

  /** The rows as the hosts get them, together where that has to be looked up; most streams have nothing new. */
  private async receive(readings: readonly Reading[], found: readonly (readonly StreamRow[])[]): Promise<(readonly StreamRow[])[]> {
    const received = [...found];
    const waiting: Promise<void>[] = [];
    readings.forEach(({ run, stream: { channel } }, index) => {
      const rows = found[index] ?? [];
      if (rows.length === 0) return;
      const adapted = this.values.forHost(run.wayOf(channel), run.view.definition.host, rows);
      if (!(adapted instanceof Promise)) return;
      waiting.push(
        adapted.then((others) => {
          received[index] = others;
        }),
      );
    });
    await Promise.all(waiting);
    return received;
  }
}
