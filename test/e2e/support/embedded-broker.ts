import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestDatabase } from '../../support/test-database.js';
import { RunningBroker } from './running-broker.js';

const NO_DATABASE: TestDatabase = {
  url: '',
  name: 'the embedded one',
  open: () => Promise.reject(new Error('the embedded database belongs to its broker')),
  drop: () => Promise.resolve(),
};

/** A data directory for a broker that runs its own PostgreSQL. */
export class EmbeddedDataDir {
  private constructor(readonly path: string) {}

  static async create(): Promise<EmbeddedDataDir> {
    const path = await mkdtemp(join(tmpdir(), 'twinfed-e2e-data-'));
    // Root starts PostgreSQL as another user, who has to get there.
    await chmod(path, 0o711);
    return new EmbeddedDataDir(path);
  }

  /** What a broker needs in its environment to keep its database here. */
  get environment(): Record<string, string> {
    return { DATABASE_URL: '', DATA_DIR: this.path };
  }

  startBroker(environment: Readonly<Record<string, string>> = {}): Promise<RunningBroker> {
    return RunningBroker.start({ database: NO_DATABASE, environment: { ...this.environment, ...environment } });
  }

  /** Process id of the PostgreSQL that runs here, or ran here last. */
  async postmasterPid(): Promise<number> {
    const content = await readFile(join(await this.home(), 'cluster', 'postmaster.pid'), 'utf8');
    return Number(content.split('\n')[0]);
  }

  async remove(): Promise<void> {
    const home = await this.home();
    for (const path of new Set([home, this.path])) await rm(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }

  /** Where the database really lies: elsewhere, when the user that runs PostgreSQL cannot enter the data directory. */
  private async home(): Promise<string> {
    const pointer = await readFile(join(this.path, 'database-location'), 'utf8').catch(() => '');
    return pointer.trim() === '' ? this.path : pointer.trim();
  }
}

/** Whether a process is there. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM';
  }
}
