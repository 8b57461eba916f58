import { Logger } from '@nestjs/common';
import type { Database } from '../database/database.js';
import { MIGRATIONS } from '../database/migrations.js';
import { ReadinessProbe } from './readiness.js';
import { within } from './within.js';

const applied = MIGRATIONS.map((migration) => ({ name: migration.name }));

function aProbe(query: () => Promise<unknown>): ReadinessProbe {
  return new ReadinessProbe({ query } as unknown as Database);
}

describe('readiness', () => {
  beforeAll(() => {
    Logger.overrideLogger(false);
  });

  it('holds when the database answers and knows every migration', async () => {
    expect(await aProbe(() => Promise.resolve(applied)).check()).toEqual({
      ready: true,
      checks: { database: 'up', migrations: 'up' },
      stopping: false,
    });
  });

  it('does not hold on an older schema, and does on a newer one', async () => {
    expect(await aProbe(() => Promise.resolve(applied.slice(1))).check()).toMatchObject({ ready: false, checks: { migrations: 'down' } });
    expect(await aProbe(() => Promise.resolve([...applied, { name: 'Later9999999999999' }])).check()).toMatchObject({ ready: true });
  });

  it('does not hold without a database', async () => {
    expect(await aProbe(() => Promise.reject(new Error('refused'))).check()).toEqual({
      ready: false,
      checks: { database: 'down', migrations: 'unknown' },
      stopping: false,
    });
  });

  it('ends when the broker is stopping', async () => {
    const probe = aProbe(() => Promise.resolve(applied));
    probe.beforeApplicationShutdown();
    expect(await probe.check()).toMatchObject({ ready: false, stopping: true, checks: { database: 'up' } });
  });

  it('asks a database that hangs only once at a time', async () => {
    let asked = 0;
    let answer: (rows: unknown) => void = () => undefined;
    const probe = aProbe(() => {
      asked += 1;
      return new Promise((resolve) => (answer = resolve));
    });
    const checks = [probe.check(), probe.check(), probe.check()];
    answer(applied);
    expect((await Promise.all(checks)).map((check) => check.ready)).toEqual([true, true, true]);
    expect(asked).toBe(1);
  });

  it('gives up on work that takes too long', async () => {
    await expect(within(1, new Promise(() => undefined))).rejects.toThrow('no answer within 1 ms');
    await expect(within(60_000, Promise.resolve('soon'))).resolves.toBe('soon');
  });
});
