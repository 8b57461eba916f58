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
  /** What was changed may be stored with what is changed next: if it is lost, whoever makes the change again comes to the same. */
  isProvisional?: boolean;
  /** Statements that commit together with the new state, or not at all. */
  alongside?: readonly Alongside[];
}

/** Somebody's change, and where its outcome goes. */
interface Turn {
  change: (state: InboxState) => Promise<Change<unknown>> | Change<unknown>;
  resolve: (result: unknown) => void;
  reject: (error: unknown) => void;
}

/** What several changes make of a state; `tell` is called once it is stored. */
interface Round {
  state: InboxState;
  /** Whether it is to be stored now. */
  isStored: boolean;
  alongside: readonly Alongside[];
  tell: () => void;
}

const MAX_TRIES = 60;
/** Changes that are stored together: each of them waits for all. */
const MAX_ROUND = 16;
/** Brokers that collide step back for a random time, longer each time, so that one of them gets through. */
const STEP_BACK_MS = { first: 1, most: 100 };
/** Who has lost so often in a row reserves the next state: a broker that remembers the newest one is always faster than one that has to read it. */
const RESERVE_AFTER = 3;
const CACHED_INBOXES = 20_000;
/** How often other brokers' changes to inboxes that are waited at are looked for. */
const WATCH_MS = 1_000;

/**
 * Changes inbox states: one after the other for each inbox in this process, what waited for its turn stored together, and optimistic against other
 * brokers, whose newer state makes the changes run again on it. A change may therefore run several times and must have no effects that may not be repeated.
 */
@Injectable()
export class Inboxes {
  private readonly known = new LRUCache<string, StoredInbox>({ max: CACHED_INBOXES });
  /** Changes that wait, by inbox; an inbox that is being changed is there even when none waits. */
  private readonly turns = new Map<string, Turn[]>();
  /** Who reads a state to have it remembered, by inbox; a change meanwhile, begun before or after, strikes him out. */
  private readonly beingRead = new Map<string, object>();
  /** Times that this broker was joined by others until what it remembers was last known to be the newest. */
  private joined = 0;
  /** Inboxes that are waited at, each with how many wait. */
  private readonly watched = new Map<string, number>();
  /** Those of them where keys were held when somebody looked, which need not be stored: what is stored next may not say so. */
  private readonly crowded = new Set<string>();

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

  /**
   * The newest state, from memory but for the first time, as long as this broker is alone; undefined while others may change it. For those who only look:
   * what is to be changed goes through {@link change}.
   */
  async own(receiver: string): Promise<InboxState | undefined> {
    if (!this.signals.isAlone) return undefined;
    const remembered = this.recall(receiver);
    if (remembered !== undefined) return remembered.state;
    const reading = {};
    this.beingRead.set(receiver, reading);
    try {
      const stored = await this.store.read(receiver);
      if (this.beingRead.get(receiver) === reading) this.known.set(receiver, stored);
      return stored.state;
    } finally {
      if (this.beingRead.get(receiver) === reading) this.beingRead.delete(receiver);
    }
  }

  /** Has whoever waits for this inbox's messages woken when another broker changes its state. Call the result when the wait is over. */
  watch(receiver: string): () => void {
    this.watched.set(receiver, (this.watched.get(receiver) ?? 0) + 1);
    return () => {
      const left = (this.watched.get(receiver) ?? 1) - 1;
      if (left > 0) this.watched.set(receiver, left);
      else {
        this.watched.delete(receiver);
        this.crowded.delete(receiver);
      }
    };
  }

  /** What is remembered. Who was joined by others and is alone again has not heard what they changed last. */
  private recall(receiver: string): StoredInbox | undefined {
    const { isAlone, timesJoined } = this.signals;
    if (isAlone && timesJoined !== this.joined) {
      this.known.clear();
      this.joined = timesJoined;
    }
    return this.known.get(receiver);
  }

  /** Runs `change` on the newest state and stores what it makes of it, together with what the changes around it make. */
  change<T>(receiver: string, change: (state: InboxState) => Promise<Change<T>> | Change<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const turn: Turn = { change, resolve: resolve as (result: unknown) => void, reject };
      const waiting = this.turns.get(receiver);
      if (waiting !== undefined) {
        waiting.push(turn);
        return;
      }
      this.turns.set(receiver, [turn]);
      void this.run(receiver);
    });
  }

  /** Rounds of changes, as long as there are any: what comes while one round is being stored makes up the next. */
  private async run(receiver: string): Promise<void> {
    // Changes that are asked for in one turn of the event loop go together.
    await Promise.resolve();
    for (let waiting = this.turns.get(receiver) ?? []; waiting.length > 0; waiting = this.turns.get(receiver) ?? []) {
      const round = waiting.splice(0, MAX_ROUND);
      try {
        await this.round(receiver, round);
      } catch (error) {
        for (const { reject } of round) reject(error);
      }
    }
    this.turns.delete(receiver);
  }

  private async round(receiver: string, turns: readonly Turn[]): Promise<void> {
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const remembered = this.recall(receiver);
      const stored = remembered ?? (await this.newest(receiver, tries));
      const isOurs = stored.reservedBy === this.signals.brokerId;
      if (stored.reservedBy !== undefined && !isOurs) {
        await this.stepBack(receiver, tries);
        continue;
      }
      const made = await this.made(stored.state, turns, remembered !== undefined && !this.signals.isAlone);
      if (made === undefined) {
        this.known.delete(receiver);
        continue;
      }
      // A reservation that was not needed is given up by storing the state without it.
      if (!made.isStored && !isOurs) {
        this.known.set(receiver, { version: stored.version, state: made.state });
        if (made.state.held.length > 0 && this.watched.has(receiver)) this.crowded.add(receiver);
        made.tell();
        return;
      }
      const version = await this.save(receiver, stored.version, made.state, made.alongside);
      if (version !== undefined) {
        this.known.set(receiver, { version, state: made.state });
        // Something was given back, or what stood before it was settled: it may be somebody's turn.
        if (made.state.held.length > 0 || this.crowded.has(receiver)) this.wakeups.wake(receiver);
        made.tell();
        return;
      }
      await this.stepBack(receiver, tries);
    }
    throw new DomainError('rate-limited', 'Too many consumers change this inbox at once; try again.', { retryAfterSeconds: 1 });
  }

  private newest(receiver: string, tries: number): Promise<StoredInbox> {
    return tries < RESERVE_AFTER ? this.store.read(receiver) : this.store.reserve(receiver, this.signals.brokerId);
  }

  private async stepBack(receiver: string, tries: number): Promise<void> {
    this.known.delete(receiver);
    await delay(Math.random() * Math.min(STEP_BACK_MS.first * 2 ** tries, STEP_BACK_MS.most));
  }

  /**
   * What the changes make of a state, one after the other; one that fails leaves it to the next as it was. A remembered state may be behind another
   * broker's: what is refused on it or leaves it alone must be tried again on the newest (undefined); what changes it is checked when it is stored.
   */
  private async made(stored: InboxState, turns: readonly Turn[], mayBeBehind: boolean): Promise<Round | undefined> {
    let state = stored;
    let isStored = false;
    const alongside: Alongside[] = [];
    const outcomes: (() => void)[] = [];
    for (const { change, resolve, reject } of turns) {
      try {
        const made = await change(state);
        const isNews = made.state !== state && made.isProvisional !== true;
        if (mayBeBehind && !isNews) return undefined;
        isStored ||= isNews;
        state = made.state;
        alongside.push(...(made.alongside ?? []));
        outcomes.push(() => resolve(made.result));
      } catch (error) {
        if (mayBeBehind && error instanceof DomainError) return undefined;
        outcomes.push(() => reject(error));
      }
    }
    const tell = (): void => {
      for (const outcome of outcomes) outcome();
    };
    return { state, isStored, alongside, tell };
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
    } finally {
      this.beingRead.delete(receiver);
    }
  }
}
