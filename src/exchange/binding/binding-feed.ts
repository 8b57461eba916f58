import type { Logger } from '@nestjs/common';
import type { InboundListener, InboundSession, ReceivedDocument, WireNews } from '../../adaptor/protocol/inbound-protocol.js';
import type { MessageSink, SinkOutcome } from '../../adaptor/protocol/message-sink.js';
import type { Database } from '../../database/database.js';
import type { Absences } from '../../registry/lease/absences.js';
import type { TwinDirectory } from '../../registry/twin-directory.js';
import type { HeldSlot } from '../outbound/slot-leases.js';
import type { BindingMetrics } from './binding-metrics.js';
import type { BindingRepository } from './binding.repository.js';
import { absenceSource, type StoredBinding } from './binding.js';
import { FeedCounter } from './feed-counter.js';
import { type FeedEvent, type FeedState, nextFeedState } from './feed-state.js';
import { OrderedIntake } from './ordered-intake.js';

/** What every feed works with. */
export interface FeedParts {
  readonly sink: MessageSink;
  readonly bindings: BindingRepository;
  readonly absences: Absences;
  readonly twins: TwinDirectory;
  readonly metrics: BindingMetrics;
  readonly database: Database;
  readonly logger: Logger;
}

const EVENTS: Readonly<Record<WireNews, FeedEvent>> = {
  connecting: 'try',
  connected: 'open',
  disconnected: 'break',
  lost: 'lose',
  returned: 'return',
};
/** How often what the broker itself failed at is tried before the document is refused; how long a document waits for a slot that is in doubt. */
const FAULT_TRIES = 5;
const FAULT_MS = 1_000;
const DOUBT_MS = 200;

/** Listens to one binding, as long as this broker holds its slot. */
export class BindingFeed implements InboundListener {
  private readonly counter: FeedCounter;
  private readonly intake: OrderedIntake;
  private session?: InboundSession;
  private current: FeedState;
  private writing: Promise<void> = Promise.resolve();
  private position?: string;
  private over = false;

  constructor(
    readonly binding: StoredBinding,
    readonly slot: HeldSlot,
    private readonly parts: FeedParts,
  ) {
    this.current = binding.state;
    this.counter = new FeedCounter(binding, () => parts.database.clock.now());
    this.intake = new OrderedIntake(() => {
      this.counter.postponed();
      parts.metrics.documents.inc({ protocol: binding.protocol, outcome: 'later' });
    });
  }

  get state(): FeedState {
    return this.current;
  }

  /** Whether somebody else configured it, or listens to it, by now. */
  get isOver(): boolean {
    return this.over;
  }

  start(session: InboundSession): void {
    this.session = session;
  }

  async received(document: ReceivedDocument): Promise<SinkOutcome> {
    const begun = performance.now();
    this.counter.came();
    let faults = 0;
    const outcome = await this.intake.take(document.orderingKey ?? '', async (placed) => {
      await this.writing;
      if (!this.slot.isHeld) return { kind: 'later', afterMs: DOUBT_MS };
      const outcome = await this.take(document, placed);
      if (outcome.kind !== 'refused' || outcome.code !== 'internal') return outcome;
      faults += 1;
      return faults < FAULT_TRIES ? { kind: 'later', afterMs: FAULT_MS } : outcome;
    });
    if (outcome.kind !== 'later') this.ended(document, outcome, performance.now() - begun);
    return outcome;
  }

  changed(news: WireNews, reason?: string): void {
    const state = nextFeedState(this.current, EVENTS[news]);
    if (state === undefined || this.over) return;
    const before = this.current;
    this.current = state;
    this.writing = this.writing
      .then(() => this.write(before, state, reason))
      .catch((error: unknown) => {
        this.parts.logger.warn(
          { err: error, twin: this.binding.twin, binding: this.binding.name },
          'The state of a binding was not written.',
        );
      });
  }

  /**
   * Takes nothing new and lets what is being taken end; nothing is acknowledged that is not durable.
   * @param goesOn whether the same settings are listened to by another session hereafter
   */
  async stop(goesOn: boolean): Promise<void> {
    const taken = this.intake.close();
    await this.session?.close(goesOn);
    await taken;
    await this.writing;
    await this.count();
    this.over = true;
  }

  /** Gives up at once: the slot is another broker's. */
  abandon(): void {
    this.over = true;
    void this.intake.close();
    void this.session?.close(true);
  }

  /** Writes what was counted, if anything was. */
  async count(): Promise<void> {
    if (this.over || !this.counter.takeChanged()) return;
    const { figures, refusals } = this.counter;
    try {
      this.over = !(await this.parts.bindings.count(this.observed, figures, refusals, this.position));
    } catch (error) {
      this.counter.keepChanged();
      throw error;
    }
  }

  private get observed(): { binding: StoredBinding; fence: number } {
    return { binding: this.binding, fence: this.slot.fence };
  }

  private async take(document: ReceivedDocument, placed: () => void): Promise<SinkOutcome> {
    const { twin, name, organization, feature } = this.binding;
    if ((await this.parts.twins.find(twin))?.owner !== organization) {
      return { kind: 'refused', code: 'forbidden', reason: 'the twin is another’s by now' };
    }
    const { position: _, identity, ...rest } = document;
    const named = identity === undefined ? {} : { identity: `${name} ${identity}` };
    return this.parts.sink.take({ ...rest, ...named, twin, ...(feature === null ? {} : { feature }) }, placed);
  }

  private ended(document: ReceivedDocument, outcome: Exclude<SinkOutcome, { kind: 'later' }>, ms: number): void {
    const { protocol } = this.binding;
    this.counter.ended(document, outcome, ms);
    if (document.position !== undefined) this.position = document.position;
    this.parts.metrics.latency.observe({ protocol }, ms / 1_000);
    const counted = outcome.kind === 'taken' && outcome.repeated ? 'repeated' : outcome.kind;
    this.parts.metrics.documents.inc({ protocol, outcome: counted });
  }

  private async write(before: FeedState, state: FeedState, reason: string | undefined): Promise<void> {
    const { twin, name } = this.binding;
    const since = await this.parts.bindings.move(this.observed, state, reason?.slice(0, 500));
    if (since === undefined) {
      this.over = true;
      return;
    }
    if (state === 'LOST') await this.parts.absences.begin(twin, absenceSource(name), reason ?? 'its last will says so');
    else if (before === 'LOST') await this.parts.absences.end(twin, absenceSource(name));
  }
}
