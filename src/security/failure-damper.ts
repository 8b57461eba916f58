import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Database } from '../database/database.js';
import { DomainError } from '../problems/domain-error.js';

const MAX_FAILURES = 10;
const WINDOW_MS = 60_000;
const MAX_KEYS = 10_000;

interface Failures {
  count: number;
  until: number;
}

/** Slows down guessing: after ten failures within a minute, the same key is refused until the minute is over. Counted per broker. */
@Injectable()
export class FailureDamper {
  private readonly failures = new LRUCache<string, Failures>({ max: MAX_KEYS });

  constructor(private readonly database: Database) {}

  /** @throws DomainError `rate-limited` while the key is refused */
  check(key: string): void {
    const failures = this.failures.get(key);
    const now = this.database.clock.now();
    if (failures === undefined || failures.count < MAX_FAILURES || failures.until <= now) return;
    throw new DomainError('rate-limited', 'Too many failed attempts for this client; wait before the next.', {
      retryAfterSeconds: (failures.until - now) / 1000,
    });
  }

  fail(key: string): void {
    const now = this.database.clock.now();
    const failures = this.failures.get(key);
    if (failures === undefined || failures.until <= now) this.failures.set(key, { count: 1, until: now + WINDOW_MS });
    else failures.count += 1;
  }

  clear(key: string): void {
    this.failures.delete(key);
  }
}
