import { Injectable } from '@nestjs/common';
import { LogReader, type RequestKey } from '../log/log-reader.js';
import { LANE_NUMBERS, type LogRow } from '../log/log-row.js';
import { Wakeups } from '../log/wakeups.js';

/** Between two looks for an answer whose wake-up may have been lost, in milliseconds. */
const LOOK_MS = 5_000;

/** Waits for the answer to a REQUEST, whichever broker it comes through. */
@Injectable()
export class AnswerWait {
  constructor(
    private readonly reader: LogReader,
    private readonly wakeups: Wakeups,
  ) {}

  /** The answer, or undefined when `ms` are over or the signal is aborted first. */
  async for(request: RequestKey, ms: number, signal?: AbortSignal): Promise<LogRow | undefined> {
    const until = performance.now() + ms;
    for (;;) {
      const waiting = this.wakeups.enter([request.requester]);
      try {
        const answer = await this.reader.findAnswer(request);
        const left = until - performance.now();
        if (answer !== undefined || left <= 0 || signal?.aborted === true || this.wakeups.isReleased) return answer;
        const after = await this.heads(request.requester);
        if (await this.reader.findAnswer(request)) continue;
        await waiting.until(Math.min(left, LOOK_MS), after, signal);
      } finally {
        waiting.end();
      }
    }
  }

  /** The present ends of the requester's lanes: another broker's answer lies beyond one of them. */
  private async heads(channel: string): Promise<{ channel: string; lane: number; after: string }[]> {
    const lanes = Object.values(LANE_NUMBERS);
    return Promise.all(lanes.map(async (lane) => ({ channel, lane, after: (await this.reader.newest(channel, lane))?.position ?? '0' })));
  }
}
