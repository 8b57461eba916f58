import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { DomainError } from '../../problems/domain-error.js';
import type { TwinId } from '../../kernel/ids.js';
import type { InboxState } from '../inbox/inbox-state.js';
import { Inboxes } from '../inbox/inboxes.js';
import { giveBack, type Place, release, settleAll } from '../inbox/settling.js';
import { SourceDirectory } from '../inbox/source-directory.js';
import { Undertaker } from '../dead-letter/undertaker.js';

/** What is to become of a delivery: done; failed, which counts; or returned, which doesn't. Moments are epoch milliseconds of the database's clock. */
export type Settlement = { readonly token: string; readonly place: Place } & (
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly reason: string; readonly notBefore: (attempts: number) => number }
  | { readonly kind: 'returned'; readonly notBefore: number }
);

const TRIES = 5;
const PAUSE_MS = 500;

/** What settling needs. */
@Injectable()
export class SettlerParts {
  readonly logger = new Logger('OutboundSettler');

  constructor(
    readonly inboxes: Inboxes,
    readonly sources: SourceDirectory,
    readonly undertaker: Undertaker,
    readonly config: Config,
  ) {}
}

/** Writes what came of the deliveries of one inbox; what comes while a write is under way shares the next. */
export class Settler {
  private queue: { settlement: Settlement; done: (isWritten: boolean) => void }[] = [];
  private writing?: Promise<void>;

  constructor(
    private readonly receiver: TwinId,
    private readonly parts: SettlerParts,
  ) {}

  /** Resolves whether it is written; if not, the message stays in its lease until that runs out or is taken back. */
  add(settlement: Settlement): Promise<boolean> {
    return new Promise((done) => {
      this.queue.push({ settlement, done });
      this.writing ??= this.drain().finally(() => {
        this.writing = undefined;
      });
    });
  }

  private async drain(): Promise<void> {
    await Promise.resolve();
    while (this.queue.length > 0) {
      const batch = this.queue;
      this.queue = [];
      const isWritten = await this.write(batch.map(({ settlement }) => settlement));
      for (const { done } of batch) done(isWritten);
    }
  }

  private async write(batch: readonly Settlement[]): Promise<boolean> {
    for (let tries = 1; ; tries += 1) {
      try {
        await this.parts.inboxes.change(this.receiver, async (state) => ({ state: await this.apply(state, batch), result: undefined }));
        return true;
      } catch (error) {
        if (tries >= TRIES) {
          this.parts.logger.warn({ err: error }, 'What came of deliveries was not written; they will come again.');
          return false;
        }
        await delay(error instanceof DomainError ? 0 : PAUSE_MS * tries);
      }
    }
  }

  /** What is no longer in its lease was answered, or taken back: nothing is left to settle. */
  private async apply(stored: InboxState, batch: readonly Settlement[]): Promise<InboxState> {
    const done = new Map<string, Place[]>();
    for (const { kind, token, place } of batch) {
      if (kind !== 'done') continue;
      const places = done.get(token);
      if (places === undefined) done.set(token, [place]);
      else places.push(place);
    }
    let state = settleAll(stored, done);
    for (const settlement of batch) {
      if (!isOpen(state, settlement.token)) continue;
      if (settlement.kind === 'returned') state = release(state, settlement.token, [settlement.place], settlement.notBefore);
      if (settlement.kind === 'failed') state = await this.fail(state, settlement);
    }
    return state;
  }

  private async fail(state: InboxState, settlement: Extract<Settlement, { kind: 'failed' }>): Promise<InboxState> {
    const { token, place, reason, notBefore } = settlement;
    const { maxDeliveryAttempts } = this.parts.config;
    const { state: next, exhausted } = giveBack(state, token, [place], maxDeliveryAttempts, notBefore);
    if (exhausted.length > 0) {
      await this.parts.undertaker.buryPlaces(this.receiver, await this.parts.sources.of(this.receiver), exhausted, reason);
    }
    return next;
  }
}

function isOpen(state: InboxState, token: string): boolean {
  return state.leases.some((lease) => lease.token === token);
}
