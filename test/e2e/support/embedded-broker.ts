import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parsePostmasterPid } from '../../../src/database/embedded/postmaster.js';
import { isPostmasterOf } from '../../../src/database/embedded/process-mark.js';
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

  /** Process id of the PostgreSQL that is recorded as running here. */
  async postmasterPid(): Promise<number> {
    const record = parsePostmasterPid(await readFile(join(await this.cluster(), 'postmaster.pid'), 'utf8'));
    if (record === undefined) throw new Error('No PostgreSQL runs here.');
    return record.pid;
  }

  /** Whether this process is there and is the PostgreSQL of this directory; a process that only waits to be buried is not. */
  async isPostmaster(pid: number): Promise<boolean> {
    return isPostmasterOf(pid, await this.cluster());
  }

  async remove(): Promise<void> {
    const home = await this.home();
    for (const path of new Set([home, this.path])) await rm(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }

  private async cluster(): Promise<string> {
    return join(await this.home(), 'cluster');
  }

  /** Where the database really lies: elsewhere, when the user that runs PostgreSQL cannot enter the data directory. */
  private async home(): Promise<string> {
    const pointer = await readFile(join(this.path, 'database-location'), 'utf8').catch(() => '');
    return pointer.trim() === '' ? this.path : pointer.trim();
  }
}
