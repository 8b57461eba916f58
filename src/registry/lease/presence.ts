/**
 * Any contact of a twin renews its lease. Contacts are noted in memory, without waiting for anything, and written in sets once a second: for each
 * twin at most once per quarter of its lease, at least a second and at most a minute apart. What this process has noted and not yet written is lost
 * when it is killed: the next contact makes up for it.
 */
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { BackgroundTasks } from '../../database/background-task.js';
import { DomainEvents } from '../../database/domain-events.js';
import { UnitOfWork } from '../../database/unit-of-work.js';
import type { TwinId } from '../../kernel/ids.js';
import { LeaseRepository } from './lease.repository.js';
import { TwinChanges } from '../twin-changes.js';

const FLUSH_MS = 1_000;
const CHUNK = 1_000;
/** Between two writes for a twin: a share of its lease within these bounds, in milliseconds. */
const SHARE = 4;
const APART_MS = { least: 1_000, most: 60_000 } as const;
const REMEMBERED = 200_000;
/** How often a twin is tried whose row is locked each time. */
const MAX_TRIES = 5;

/** Notes that twins are there. */
@Injectable()
export class Presence implements OnModuleInit {
  /** Twins to be written, and how often that was tried. */
  private pending = new Map<TwinId, number>();
  /** How many contacts of a twin are open at the moment. */
  private readonly open = new Map<TwinId, number>();
  /** When a twin's next write may come, by this process's monotonic clock. */
  private readonly next = new LRUCache<TwinId, number>({ max: REMEMBERED });

  constructor(
    private readonly uow: UnitOfWork,
    private readonly leases: LeaseRepository,
    private readonly changes: TwinChanges,
    private readonly tasks: BackgroundTasks,
    events: DomainEvents,
  ) {
    // Whoever lapsed although it was seen lately, because its lease became shorter, comes back with its next contact.
    events.subscribe(['twin.status-changed'], ({ subject }) => {
      this.next.delete(subject as TwinId);
    });
  }

  onModuleInit(): void {
    this.tasks.every(FLUSH_MS, 'presence', () => this.flush());
  }

  /** Notes a contact of the twin, or of its organization for it. Never waits, never fails. */
  saw(twin: TwinId): void {
    if ((this.next.get(twin) ?? 0) <= performance.now() && !this.pending.has(twin)) this.pending.set(twin, 0);
  }

  /** Notes a contact that lasts, such as an open stream; the twin is there until what this gives is called. */
  stays(twin: TwinId): () => void {
    this.saw(twin);
    this.open.set(twin, (this.open.get(twin) ?? 0) + 1);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      const others = (this.open.get(twin) ?? 1) - 1;
      if (others === 0) this.open.delete(twin);
      else this.open.set(twin, others);
      this.saw(twin);
    };
  }

  /** Writes what was noted. */
  async flush(): Promise<void> {
    for (const twin of this.open.keys()) this.saw(twin);
    const noted = [...this.pending];
    this.pending = new Map();
    for (let start = 0; start < noted.length; start += CHUNK) {
      const chunk = new Map(noted.slice(start, start + CHUNK));
      try {
        await this.write(chunk);
      } catch (error) {
        for (const [twin, tries] of noted.slice(start)) this.again(twin, tries);
        throw error;
      }
    }
  }

  private async write(chunk: ReadonlyMap<TwinId, number>): Promise<void> {
    const seen = await this.uow.run(async (tx) => {
      const rows = await this.leases.see(tx, [...chunk.keys()]);
      for (const { id, previous, status } of rows) this.changes.tellStatus(tx, id, previous, status);
      return rows;
    });
    const now = performance.now();
    for (const { id, ttlSeconds } of seen) {
      const share = ttlSeconds === null ? APART_MS.most : (ttlSeconds * 1_000) / SHARE;
      this.next.set(id, now + Math.min(Math.max(share, APART_MS.least), APART_MS.most));
    }
    const written = new Set(seen.map(({ id }) => id));
    for (const [twin, tries] of chunk) if (!written.has(twin)) this.again(twin, tries);
  }

  private again(twin: TwinId, tries: number): void {
    if (tries + 1 < MAX_TRIES && !this.pending.has(twin)) this.pending.set(twin, tries + 1);
  }
}
