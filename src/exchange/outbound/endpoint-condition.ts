import type { SendOutcome, Verification } from '../../adaptor/protocol/outbound-protocol.js';
import { Circuit } from './circuit.js';
import type { EndpointEvent } from './endpoint-state.js';
import { foreseen, type Observation, type StoredEndpoint } from './endpoint.js';
import type { PumpParts } from './pump-parts.js';

/** Told when the state moved, or turned out to be another's by now. */
export interface ConditionWatcher {
  moved(): void;
  overtaken(): void;
}

/**
 * How an endpoint is doing. A move counts here at once, so that nothing more is sent, and in the table only for the configuration that was observed and
 * as long as nobody else holds the slot.
 */
export class EndpointCondition {
  private readonly circuit = new Circuit(() => this.parts.times.tripAfter);
  private writing: Promise<void> = Promise.resolve();
  /** Counts the times that the circuit opened: what was claimed before is not sent after. */
  private opened = 0;

  constructor(
    private endpoint: StoredEndpoint,
    private readonly fence: number,
    private readonly parts: PumpParts,
    private readonly watcher: ConditionWatcher,
  ) {}

  get current(): StoredEndpoint {
    return this.endpoint;
  }

  get period(): number {
    return this.opened;
  }

  /** Until when nothing may be tried, counted from now, in milliseconds; 0 or less: it may. */
  get waitMs(): number {
    return (this.endpoint.retryAt ?? 0) - this.parts.database.clock.now();
  }

  /** Whether messages may be sent. */
  get isOpen(): boolean {
    return this.endpoint.state === 'ACTIVE' || (this.endpoint.state === 'SUSPENDED' && this.waitMs <= 0);
  }

  /** Resolves when the table says what holds here. */
  async written(): Promise<void> {
    await this.writing;
  }

  /** Takes in what came of a delivery. */
  sent(outcome: SendOutcome): void {
    if (outcome.kind === 'gone') {
      this.move('disable', { failures: 0, reason: outcome.reason });
    } else if (outcome.kind === 'accepted' || outcome.fault === 'message') {
      this.circuit.succeeded();
      if (this.endpoint.state === 'SUSPENDED') this.move('recover', { failures: 0 });
    } else {
      const { fault, reason, afterMs = 0 } = outcome;
      const mustOpen = this.circuit.failed() || this.endpoint.state === 'SUSPENDED' || (fault === 'not-taken' && afterMs > 0);
      if (mustOpen) this.trip(reason, afterMs);
    }
  }

  /** Takes in what came of a handshake. */
  asked(verification: Verification): void {
    const { times } = this.parts;
    const failures = this.endpoint.failures + 1;
    if (verification.kind === 'agreed') {
      this.move('verify', { failures: 0 });
    } else if (failures >= times.verifyTries) {
      this.move('give-up', { failures, reason: verification.reason });
    } else {
      const retryMs = times.growing(times.verifyFirstMs, times.verifyMostMs, failures);
      this.move('refuse', { failures, retryMs, reason: verification.reason });
    }
  }

  private trip(reason: string, afterMs: number): void {
    const { times } = this.parts;
    // A failure of what was sent before the circuit opened says nothing new.
    if (this.endpoint.state === 'SUSPENDED' && this.waitMs > 0) return;
    const failures = this.endpoint.failures + 1;
    const retryMs = Math.max(afterMs, times.growing(times.openFirstMs, times.openMostMs, failures));
    this.opened += 1;
    this.move('trip', { failures, retryMs, reason });
  }

  private move(event: EndpointEvent, observed: Omit<Observation, 'event' | 'fence'>): void {
    const before = this.endpoint;
    const after = foreseen(before, { ...observed, event }, this.parts.database.clock.now());
    if (after === undefined) return;
    this.endpoint = after;
    const write = async (): Promise<void> => {
      const stored = await this.parts.endpoints.move(before, { ...observed, event, fence: this.fence });
      if (stored === undefined) {
        this.watcher.overtaken();
        return;
      }
      if (this.endpoint === after) this.endpoint = stored;
      this.parts.metrics.moves.inc({ protocol: stored.protocol, state: stored.state });
      this.watcher.moved();
    };
    this.writing = this.writing.then(write).catch((error: unknown) => {
      this.parts.logger.warn({ err: error, receiver: before.receiver }, 'The state of an endpoint was not written.');
      this.endpoint = before;
    });
  }
}
