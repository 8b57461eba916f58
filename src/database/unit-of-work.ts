import { Injectable } from '@nestjs/common';
import { escapeLiteral } from 'pg';
import type { EntityManager, QueryRunner } from 'typeorm';
import { Database } from './database.js';
import { type DomainEventDraft, DomainEvents } from './domain-events.js';
import { isRetryable } from './sqlstate.js';

const MAX_TRIES = 4;

/**
 * A statement that is sent in one message with COMMIT, so that the locks it takes are held by the server alone: a client that freezes
 * between the two cannot keep them. Lower ranks run first, in every transaction, so that two of them never wait for each other.
 */
interface Sealing {
  rank: number;
  sql: () => string;
}

/** Rank of the message log's append, and of the domain events that follow it. */
export const SEAL_MESSAGES = 1;
const SEAL_EVENTS = 2;

/** One database transaction. Inside it, nothing uses the outer data source. */
export class Transaction {
  private readonly events: DomainEventDraft[] = [];
  private readonly sealings: Sealing[] = [];
  private readonly actions: (() => void)[] = [];

  constructor(private readonly runner: QueryRunner) {}

  /** TypeORM's entity manager, bound to this transaction. */
  get manager(): EntityManager {
    return this.runner.manager;
  }

  /** Runs literal SQL in this transaction. */
  async query<R>(sql: string, parameters: unknown[] = []): Promise<R[]> {
    const result = await this.runner.query(sql, parameters, true);
    return result.records as R[];
  }

  /** Notes a domain event; it is committed with the change and gets its place in commit order. */
  record(event: DomainEventDraft): void {
    this.events.push(event);
  }

  /** Adds a statement to be run in one message with COMMIT, written when the work is done; it must escape its own literals. */
  seal(rank: number, sql: () => string): void {
    this.sealings.push({ rank, sql });
  }

  /** Runs `action` in this process once the change is committed, before the unit of work is over. */
  afterCommit(action: () => void): void {
    this.actions.push(action);
  }

  /** Sends what seals the transaction together with COMMIT. Only {@link UnitOfWork} calls it. */
  async commit(): Promise<{ events: readonly DomainEventDraft[]; actions: readonly (() => void)[] }> {
    if (this.events.length > 0) {
      this.seal(SEAL_EVENTS, () => `SELECT publish_domain_events(${escapeLiteral(JSON.stringify(this.events))}::jsonb)`);
    }
    const statements = this.sealings.toSorted((a, b) => a.rank - b.rank).map((sealing) => sealing.sql());
    await this.runner.query([...statements, 'COMMIT'].join('; '));
    // TypeORM did not see this COMMIT; told by hand, it won't roll back what is done.
    Object.assign(this.runner, { isTransactionActive: false });
    return { events: this.events, actions: this.actions };
  }
}

/** Opens transactions, or lets a caller's transaction be joined, so that several services' changes commit together. */
@Injectable()
export class UnitOfWork {
  /** Half of the pool: what a unit of work looks up beside its transaction always finds a connection. */
  private readonly limit = Math.max(1, Math.floor(this.database.pool.options.max / 2));
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly database: Database,
    private readonly domainEvents: DomainEvents,
  ) {}

  /**
   * Runs `work` in a transaction and commits it; rolls back when it throws. Deadlocks and serialization failures run it again, so it must
   * have no effects outside the transaction but through {@link Transaction.afterCommit}.
   */
  async run<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.attempt(work);
      } catch (error) {
        if (tries >= MAX_TRIES || !isRetryable(error)) throw error;
      }
    }
  }

  /** Runs `work` in the transaction given, or in one of its own. */
  join<T>(tx: Transaction | undefined, work: (tx: Transaction) => Promise<T>): Promise<T> {
    return tx === undefined ? this.run(work) : work(tx);
  }

  private async attempt<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const { result, events, actions } = await this.inTurn(() => this.transact(work));
    for (const action of actions) action();
    // The connection is given back by now: handlers may open units of work of their own.
    await this.domainEvents.committedHere(events);
    return result;
  }

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.running < this.limit) this.running += 1;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.running -= 1;
      else next();
    }
  }

  private async transact<T>(
    work: (tx: Transaction) => Promise<T>,
  ): Promise<{ result: T; events: readonly DomainEventDraft[]; actions: readonly (() => void)[] }> {
    const runner = this.database.dataSource.createQueryRunner();
    await runner.connect();
    try {
      await runner.startTransaction();
      const tx = new Transaction(runner);
      const result = await work(tx);
      return { result, ...(await tx.commit()) };
    } catch (error) {
      if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
      throw error;
    } finally {
      await runner.release();
    }
  }
}
