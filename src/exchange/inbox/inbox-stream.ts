import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import { LogEpoch } from '../../database/log-epoch.js';
import type { TwinId } from '../../kernel/ids.js';
import { DeferredRows } from '../control/deferred-rows.js';
import { InboxSettingsDirectory } from '../control/inbox-settings-directory.js';
import { LogReader } from '../log/log-reader.js';
import type { Position } from '../log/log-row.js';
import { Wakeups } from '../log/wakeups.js';
import { ClaimService } from './claim.service.js';
import { decodeVector, deliveryText, encodeVector } from './delivery.js';
import { DispatchGate } from '../dispatch/dispatch-gate.js';
import { InboxService } from './inbox.service.js';
import { Inboxes } from './inboxes.js';
import { lowWater, sourcedRow } from './source.js';
import { SourceDirectory } from './source-directory.js';

/** How a stream is read. */
export interface StreamTerms {
  /** `auto`: what was written is settled; `none`: reading changes nothing, and the reader resumes by event id. */
  ack: 'auto' | 'none';
  /** Where to resume: the id of the last event seen. */
  lastEventId?: string;
  signal: AbortSignal;
}

const BATCH = 100;
const HEARTBEAT_MS = 15_000;
/** How long one claim of a stream waits; heartbeats go on meanwhile. */
const CLAIM_WAIT_MS = 300_000;
const LEASE_MS = 30_000;

/** A comment line, which keeps proxies from closing the connection. */
const HEARTBEAT = ': still here\n\n';

/** One SSE frame. Line breaks within JSON text are only white space, so they become spaces. */
function frame(data: string, id?: string): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: message\ndata: ${data.replace(/[\r\n]+/g, ' ')}\n\n`;
}

/** Whether the promise is settled, one way or the other, before the time is over. */
async function isSettledWithin(ms: number, promise: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<false>((resolve) => {
    timer = setTimeout(() => {
      resolve(false);
    }, ms);
  });
  const settled = promise.then(
    () => true,
    () => true,
  );
  return Promise.race([settled, over]).finally(() => {
    clearTimeout(timer);
  });
}

/**
 * An inbox as a stream of server-sent events. An event's id is the reader's place in all sources of the inbox, so a reader that lost its
 * connection goes on exactly where it was, through any broker.
 */
@Injectable()
export class InboxStream {
  constructor(
    private readonly inboxes: Inboxes,
    private readonly sources: SourceDirectory,
    private readonly reader: LogReader,
    private readonly gate: DispatchGate,
    private readonly claims: ClaimService,
    private readonly inbox: InboxService,
    private readonly wakeups: Wakeups,
    private readonly settings: InboxSettingsDirectory,
    private readonly database: Database,
    private readonly epoch: LogEpoch,
  ) {}

  /** Checks the terms and opens the stream of frames. @throws InvalidCursor for a place that is not one of this log */
  async open(receiver: TwinId, terms: StreamTerms): Promise<AsyncGenerator<string, void, undefined>> {
    const vector = terms.lastEventId === undefined ? await this.start(receiver) : decodeVector(this.epoch.value, terms.lastEventId);
    return terms.ack === 'auto' ? this.claimed(receiver, terms, vector) : this.browsed(receiver, terms, vector);
  }

  private async start(receiver: TwinId): Promise<Record<string, Position>> {
    const [sources, state] = await Promise.all([this.sources.of(receiver), this.inboxes.read(receiver)]);
    return Object.fromEntries(sources.map((source) => [source.key, lowWater(state, source)]));
  }

  private isOver({ signal }: StreamTerms): boolean {
    return signal.aborted || this.wakeups.isReleased;
  }

  private async *browsed(receiver: TwinId, terms: StreamTerms, vector: Record<string, Position>): AsyncGenerator<string, void, undefined> {
    yield ': open\n\n';
    const deferred = new DeferredRows();
    while (!this.isOver(terms)) {
      const sources = await this.sources.of(receiver);
      const waiting = this.wakeups.enter(sources.map((source) => source.channel));
      try {
        const now = this.database.clock.now();
        const isPaused = (await this.settings.of(receiver)).mode === 'PAUSED';
        if (isPaused || deferred.isFull) {
          await waiting.until(isPaused ? HEARTBEAT_MS : Math.min(HEARTBEAT_MS, deferred.wait(now)), [], terms.signal);
          if (!this.isOver(terms)) yield HEARTBEAT;
          if (isPaused) continue;
        }
        const due = deferred.due(now);
        const late = await this.gate.judge(
          receiver,
          due.map(({ row }) => row),
        );
        for (const { row, subscriptionId } of due) {
          const judged = late.verdict(row);
          if (typeof judged === 'object') deferred.add(row, subscriptionId, judged.waitUntil);
          if (judged === 'deliver')
            yield frame(deliveryText(row, { subscriptionId }), encodeVector(this.epoch.value, deferred.placeOf(vector)));
        }
        if (deferred.isFull) continue;
        const places = sources.map((source) => ({
          channel: source.channel,
          lane: source.lane,
          after: vector[source.key] ?? source.start,
        }));
        const { found } = await this.reader.afterWithin(places, BATCH);
        const rows = sources
          .map((source, index) => ({ source, rows: found[index] ?? [] }))
          .toSorted((a, b) => a.source.priority - b.source.priority)
          .flatMap(({ source, rows: own }) => own.map((row) => ({ row: sourcedRow(source, row), subscriptionId: source.subscriptionId })));
        const { verdict } = await this.gate.judge(
          receiver,
          rows.map(({ row }) => row),
        );
        for (const { row, subscriptionId } of rows) {
          vector[row.source] = row.position;
          const judged = verdict(row);
          if (typeof judged === 'object') deferred.add(row, subscriptionId, judged.waitUntil);
          if (judged === 'deliver')
            yield frame(deliveryText(row, { subscriptionId }), encodeVector(this.epoch.value, deferred.placeOf(vector)));
        }
        // Nothing new costs nothing: the log is read again only when there is news, other sources, or a moment has come.
        while (rows.length === 0) {
          const wait = Math.min(HEARTBEAT_MS, deferred.wait(this.database.clock.now()));
          if ((await waiting.until(wait, places, terms.signal)) || this.isOver(terms) || wait < HEARTBEAT_MS) break;
          yield HEARTBEAT;
          if ((await this.sources.of(receiver)) !== sources) break;
        }
      } finally {
        waiting.end();
      }
    }
  }

  private async *claimed(receiver: TwinId, terms: StreamTerms, vector: Record<string, Position>): AsyncGenerator<string, void, undefined> {
    yield ': open\n\n';
    const consumer = `sse ${randomUUID()}`;
    while (!this.isOver(terms)) {
      const request = { claimId: randomUUID(), consumer, max: BATCH, waitMs: CLAIM_WAIT_MS, leaseMs: LEASE_MS };
      const claim = this.claims.claim(receiver, request, terms.signal);
      while (!(await isSettledWithin(HEARTBEAT_MS, claim)) && !this.isOver(terms)) yield HEARTBEAT;
      const { token, deliveries } = await claim;
      if (token === undefined) continue;
      for (const { candidate: row, attempt, redelivered } of deliveries) {
        vector[row.source] = row.position;
        const text = deliveryText(row, { attempt, redelivered });
        yield frame(text, redelivered ? undefined : encodeVector(this.epoch.value, vector));
      }
      // The generator goes on only once the last frame was taken: what was written is settled.
      await this.inbox.ack(receiver, { leaseToken: token });
    }
  }
}
