import { performance } from 'node:perf_hooks';
import { jest } from '@jest/globals';
import { DatabaseClock } from './database-clock.js';

describe('DatabaseClock', () => {
  let elapsed: number;
  let clock: DatabaseClock;

  beforeEach(() => {
    elapsed = 1_000;
    jest.spyOn(performance, 'now').mockImplementation(() => elapsed);
    clock = new DatabaseClock();
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  /** A reading that took so long from question to answer; the database read its clock at once. */
  function read(epochMs: number, tookMs: number): void {
    const askedAt = elapsed;
    elapsed += tookMs;
    clock.observe(epochMs, askedAt);
  }

  it('takes the middle of the first reading, and goes on by itself', () => {
    read(50_000, 10);
    expect(clock.now()).toBe(50_005);
    elapsed += 2_000;
    expect(clock.now()).toBe(52_005);
  });

  it('is not set back by a reading whose answer lay unread while the process was frozen', () => {
    read(50_000, 2);
    read(50_001, 8_000);
    expect(clock.now()).toBe(58_001);
  });

  it('follows a database whose clock was moved, as closely as the reading tells', () => {
    read(50_000, 2);
    read(170_000, 4);
    expect(clock.now()).toBe(170_000);
    read(20_000, 4);
    expect(clock.now()).toBe(20_004);
  });
});
