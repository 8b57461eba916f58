import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { DomainEvents } from '../../database/domain-events.js';
import type { TwinId } from '../../kernel/ids.js';
import { Wakeups } from '../log/wakeups.js';
import type { InboxSettings } from './inbox-settings.js';
import { InboxSettingsRepository } from './inbox-settings.repository.js';

const CACHED = 50_000;

/** Settings of inboxes as the hot paths need them: remembered until news of them comes, through other brokers within about a second. */
@Injectable()
export class InboxSettingsDirectory {
  private readonly known = new LRUCache<TwinId, InboxSettings>({ max: CACHED });
  /** Grows with every piece of news: a load that news overtook is not kept. */
  private generation = 0;

  constructor(
    private readonly settings: InboxSettingsRepository,
    wakeups: Wakeups,
    events: DomainEvents,
  ) {
    events.subscribe(['inbox.changed'], ({ subject }) => {
      this.generation += 1;
      this.known.delete(subject as TwinId);
      // Whoever waits for messages looks again: the inbox may be open now.
      wakeups.wake(subject);
    });
  }

  /** The settings; without waiting where they are known. */
  of(receiver: TwinId): InboxSettings | Promise<InboxSettings> {
    return this.known.get(receiver) ?? this.load(receiver);
  }

  private async load(receiver: TwinId): Promise<InboxSettings> {
    const { generation } = this;
    const found = await this.settings.find(receiver);
    if (generation === this.generation) this.known.set(receiver, found);
    return found;
  }
}
