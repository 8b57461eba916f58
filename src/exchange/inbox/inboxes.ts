import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { BackgroundTasks } from '../../database/background-task.js';
import { BrokerSignals } from '../../database/broker-signals.js';
import { DomainError } from '../../problems/domain-error.js';
import { Wakeups } from '../log/wakeups.js';
import type { InboxState } from './inbox-state.js';
import { type Alongside, InboxStore, type StoredInbox } from './inbox.store.js';

/** What a change makes of a state; the same state object means that there is nothing to store. */
export interface Change<T> {
  state: InboxState;
  result: T;
  /** Statements that commit together with the new state, or not at all. */
  alongside?: readonly Alongside[];
}

const MAX_TRIES = 60;
/** Brokers that collide step back for a random time, longer each time, so that one of them gets through. */
const STEP_BACK_MS = { first: 1, most: 100 };
const CACHED_INBOXES = 20_000;
/** How often other brokers' changes to inboxes that are waited at are looked for. */
const WATCH_MS = 1_000;

/**
 * Changes inbox states: one change at a time for each inbox in this process, and optimistic against other brokers, whose newer state makes
 * the change run again on it. A change may therefore run several times and must have no effects that may not be repeated.
 */
@Injectable()
export class Inboxes {
  private readonly known = new LRUCache<string, StoredInbox>({ max: CACHED_INBOXES });
  private readonly turns = new Map<string, Promise<unknown>>();
  /** Inboxes that are waited at, each with how many wait. */
  private readonly watched = new Map<string, number>();

  constructor(
    private readonly store: InboxStore,
    private readonly signals: BrokerSignals,
    private readonly wakeups: Wakeups,
    tasks: BackgroundTasks,
  ) {
    tasks.every(WATCH_MS, 'watch inboxes', () => this.look());
  }

  /** The newest state, from the database. */
  async read(receiver: string): Promise<InboxState> {
    return (await this.store.read(receiver)).state;
  }

  /** Whether this process knows a state of the inbox, so that looking at it costs nothing. */
  peek(receiver: string): InboxState | undefined {
    return this.known.get(receiver)?.state;
  }

  /** Has whoever waits for this inbox's messages woken when another broker changes its state. Call the result when the wait is over. */
  watch(receiver: string): () => void {
    this.watched.set(receiver, (this.watched.get(receiver) ?? 0) + 1);
    return () => {
      const left = (this.watched.get(receiver) ?? 1) - 1;
      if (left > 0) this.watched.set(receiver, left);
      else this.watched.delete(receiver);
    };
  }

  /** Runs `change` on the newest state and stores what it makes of it. */
  async change<T>(receiver: string, change: (state: InboxState) => Promise<Change<T>> | Change<T>): Promise<T> {
    const turn = (this.turns.get(receiver) ?? Promise.resolve()).then(() => this.attempt(receiver, change));
    const settled = turn.catch(() => undefined);
    this.turns.set(receiver, settled);
    try {
      return await turn;
    } finally {
      if (this.turns.get(receiver) === settled) this.turns.delete(receiver);
    }
  }

  private async attempt<T>(receiver: string, change: (state: InboxState) => Promise<Change<T>> | Change<T>): Promise<T> {
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const remembered = this.known.get(receiver);
      const stored = remembered ?? (await this.store.read(receiver));
      const made = await this.changeOf(stored, change, remembered !== undefined);
      if (made === undefined) {
        this.known.delete(receiver);
        continue;
      }
      if (made.state === stored.state) {
        this.known.set(receiver, stored);
        return made.result;
      }
      const version = await this.save(receiver, stored.version, made.state, made.alongside);
      if (version !== undefined) {
        this.known.set(receiver, { version, state: made.state });
        // Something was given back, or what stood before it was settled: it may be somebody's turn.
        if (made.state.held.length > 0) this.wakeups.wake(receiver);
        return made.result;
      }
      this.known.delete(receiver);
      await delay(Math.random() * Math.min(STEP_BACK_MS.first * 2 ** tries, STEP_BACK_MS.most));
    }
    throw new DomainError('rate-limited', 'Too many consumers change this inbox at once; try again.', { retryAfterSeconds: 1 });
  }

  /**
   * What the change makes of a state. A remembered state may be behind another broker's: what it refuses or leaves alone must be tried again on
   * the newest (undefined); what it changes is checked when it is stored.
   */
  private async changeOf<T>(
    stored: StoredInbox,
    change: (state: InboxState) => Promise<Change<T>> | Change<T>,
    isRemembered: boolean,
  ): Promise<Change<T> | undefined> {
    const mayBeBehind = isRemembered && !this.signals.isAlone;
    try {
      const made = await change(stored.state);
      return mayBeBehind && made.state === stored.state ? undefined : made;
    } catch (error) {
      if (mayBeBehind && error instanceof DomainError) return undefined;
      throw error;
    }
  }

  private async look(): Promise<void> {
    if (this.signals.isAlone || this.watched.size === 0) return;
    const receivers = [...this.watched.keys()];
    const versions = receivers.map((receiver) => this.known.peek(receiver)?.version ?? '0');
    for (const receiver of await this.store.newer(receivers, versions)) {
      this.known.delete(receiver);
      this.wakeups.wake(receiver);
    }
  }

  private async save(
    receiver: string,
    expected: string,
    state: InboxState,
    alongside: readonly Alongside[] = [],
  ): Promise<string | undefined> {
    try {
      return await (alongside.length === 0
        ? this.store.save(receiver, expected, state)
        : this.store.saveWith(receiver, expected, state, alongside));
    } catch (error) {
      // The outcome is not known: what is remembered may be old.
      this.known.delete(receiver);
      throw error;
    }
  }
}
