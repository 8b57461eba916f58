import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { acquireDataDirLock, type DataDirLock, type LockRecord } from './data-dir-lock.js';
import { pidScope } from './process-mark.js';

describe('data directory lock', () => {
  let dir: string;
  const held: DataDirLock[] = [];

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'twinfed-lock-'));
  });

  afterEach(async () => {
    for (const lock of held.splice(0)) await lock.release();
    await rm(dir, { recursive: true });
  });

  const acquire = async (
    ...options: Parameters<typeof acquireDataDirLock> extends [string, ...infer Rest] ? Rest : never
  ): Promise<DataDirLock> => {
    const lock = await acquireDataDirLock(dir, ...options);
    held.push(lock);
    return lock;
  };

  it('keeps a second broker out until the first releases it', async () => {
    const first = await acquire();
    await expect(acquire()).rejects.toThrow(/in use by another broker on this machine \(process \d+\): stop that one first/);
    await first.release();
    await acquire();
  });

  it('leaves one file behind and no draft', async () => {
    await (await acquire()).release();
    await (await acquire()).release();
    expect(await readdir(dir)).toEqual(['broker-2.lock']);
  });

  it('is taken over from a process that is gone', async () => {
    await leaveLock({ pid: await deadPid(), startMark: '1' });
    await acquire();
  });

  it('is taken over when the recorded id belongs to a process that started at another time', async () => {
    await leaveLock({ pid: process.pid, startMark: 'another time' });
    await acquire();
  });

  it('goes to exactly one of many that take it over at once', async () => {
    await leaveLock({ pid: await deadPid(), startMark: '1' });
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => acquire()));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('stays with a holder in another container while its heartbeat goes on', async () => {
    const file = await leaveLock({ scope: 'another container', host: 'elsewhere', pid: 1 });
    let beats = 0;
    const heart = setInterval(() => void utimes(file, ++beats, beats), 5);
    try {
      await expect(acquire({ heartbeatMs: 50, silenceMs: 60_000 })).rejects.toThrow(
        /in another container .*\(process 1 on host elsewhere\)/,
      );
    } finally {
      clearInterval(heart);
    }
  });

  it('is taken over from a holder in another container that has fallen silent', async () => {
    await leaveLock({ scope: 'another container' });
    await acquire({ heartbeatMs: 10, silenceMs: 30 });
  });

  it('is taken over when its record is unreadable and nobody touches it', async () => {
    await writeFile(join(dir, 'broker-1.lock'), '');
    await acquire({ heartbeatMs: 10, silenceMs: 30 });
  });

  it('tells its holder when it was taken over', async () => {
    await new Promise<void>((lost, failed) => {
      acquire({ heartbeatMs: 10, onLost: lost })
        .then(() => leaveLock({ scope: 'another container' }, 2))
        .catch(failed);
    });
  });

  async function leaveLock(record: Partial<LockRecord>, generation = 1): Promise<string> {
    const file = join(dir, `broker-${generation}.lock`);
    await writeFile(file, JSON.stringify({ pid: 1, startMark: '1', scope: await pidScope(), host: 'here', released: false, ...record }));
    return file;
  }

  async function deadPid(): Promise<number> {
    const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
    await new Promise((done) => child.once('exit', done));
    return child.pid ?? 0;
  }
});
