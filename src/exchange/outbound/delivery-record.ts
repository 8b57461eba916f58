import { Injectable } from '@nestjs/common';
import type { SendOutcome } from '../../adaptor/protocol/outbound-protocol.js';
import { Database } from '../../database/database.js';
import type { TwinId } from '../../kernel/ids.js';
import { DeliveryCounter } from './delivery-counter.js';
import { EndpointRepository } from './endpoint.repository.js';
import type { StoredEndpoint } from './endpoint.js';

/** What is counted of one configuration, under one fence. */
interface Counted {
  readonly revision: string;
  readonly fence: number;
  readonly counter: DeliveryCounter;
}

/** What this broker counts of the endpoints that it delivers to, written to where every broker reads it. */
@Injectable()
export class DeliveryRecord {
  private readonly counted = new Map<TwinId, Counted>();
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly endpoints: EndpointRepository,
    private readonly database: Database,
  ) {}

  /** An attempt has ended. @param ms from when it was handed to the protocol */
  tried({ receiver, revision, figures }: StoredEndpoint, fence: number, outcome: SendOutcome, ms: number): void {
    let counted = this.counted.get(receiver);
    if (counted?.revision !== revision || counted.fence !== fence) {
      counted = { revision, fence, counter: new DeliveryCounter(figures, () => this.database.clock.now()) };
      this.counted.set(receiver, counted);
    }
    counted.counter.tried(outcome, ms);
  }

  /** Writes what was counted since, in one statement, and forgets endpoints that are not held any more. */
  async write(held: { has(receiver: TwinId): boolean }): Promise<void> {
    // One after the other: an older figure must not overwrite a newer one.
    const before = this.writing;
    this.writing = before.catch(() => undefined).then(() => this.writeChanged());
    await this.writing;
    for (const receiver of this.counted.keys()) if (!held.has(receiver)) this.counted.delete(receiver);
  }

  private async writeChanged(): Promise<void> {
    const changed = [...this.counted].filter(([, { counter }]) => counter.takeChanged());
    if (changed.length === 0) return;
    try {
      await this.endpoints.count(
        changed.map(([receiver, { revision, fence, counter }]) => ({ receiver, revision, fence, figures: counter.figures })),
      );
    } catch (error) {
      for (const [, { counter }] of changed) counter.keepChanged();
      throw error;
    }
  }
}
