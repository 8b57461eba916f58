/** Brokers that are processes of their own (so that they can be killed), temporary data directories, and the clearing up of both. */
import { transformFile } from '@swc/core';
import { type ChildProcess, spawn } from 'node:child_process';
import { access, chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/database/embedded/embedded-postgres.js';
import { parsePostmasterPid } from '../../src/database/embedded/postmaster.js';
import { isPostmasterOf } from '../../src/database/embedded/process-mark.js';
import { usersInOrder } from '../../src/database/embedded/run-as.js';

export const isRoot = process.getuid?.() === 0;
/** Tests that only root can run, and only a plain user; the others are shown as skipped. */
export const itAsRoot = isRoot ? it : it.skip;

/** What a broker process says once its database is up, or why it is not. */
export interface BrokerReport {
  readonly url?: string;
  readonly dataDir?: string;
  readonly error?: string;
  readonly name?: string;
  readonly log: string[];
}

const SOURCES = resolve('src/database/embedded');
const BROKER = `
import { startEmbeddedPostgres } from './embedded-postgres.js';
const [dataDir, stateRoot] = process.argv.slice(2);
const log = [];
try {
  const { url, dataDir: home } = await startEmbeddedPostgres({ dataDir, stateRoot, log: (line) => log.push(line) });
  console.log(JSON.stringify({ url, dataDir: home, log }));
  setInterval(() => undefined, 1e6);
} catch (error) {
  console.log(JSON.stringify({ error: error.message, name: error.name, log }));
}
`;

/** One temporary directory for a test file, with all that runs in it. */
export class EmbeddedFixture {
  private readonly children: ChildProcess[] = [];
  private readonly started: EmbeddedPostgres[] = [];
  private program: Promise<string> | undefined;
  private count = 0;

  private constructor(readonly root: string) {}

  static async create(): Promise<EmbeddedFixture> {
    const root = await mkdtemp(join(tmpdir(), 'twinfed-embedded-'));
    await chmod(root, 0o755);
    return new EmbeddedFixture(root);
  }

  get stateRoot(): string {
    return join(this.root, 'state');
  }

  /** A path for a data directory that does not exist yet. */
  newDir(): string {
    return join(this.root, `data-${++this.count}`);
  }

  /** A data directory with a database that was stopped in order; copying is faster than creating one each time. */
  async stoppedDatabase(): Promise<string> {
    const template = join(this.root, 'template');
    if (!(await exists(template))) await (await this.start(template)).stop();
    const dir = this.newDir();
    await this.run('cp', ['-a', template, dir]);
    return dir;
  }

  async start(dataDir: string, log: (line: string) => void = () => undefined): Promise<EmbeddedPostgres> {
    const embedded = await startEmbeddedPostgres({ dataDir, log, stateRoot: this.stateRoot });
    this.started.push(embedded);
    return embedded;
  }

  /** Starts a broker process and resolves with what it reports; it lives on until killed. */
  async startBroker(dataDir: string, user?: { uid: number; gid: number }): Promise<{ broker: ChildProcess; report: BrokerReport }> {
    const program = await (this.program ??= this.compile());
    const broker = spawn(process.execPath, [program, dataDir, this.stateRoot], {
      ...user,
      cwd: this.root,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.children.push(broker);
    for await (const line of createInterface({ input: broker.stdout })) return { broker, report: JSON.parse(line) as BrokerReport };
    throw new Error('the broker ended without a report');
  }

  /** Runs a process of somebody else's until the fixture is closed. */
  runForever(user: { uid: number; gid: number } | undefined): ChildProcess {
    const child = spawn('/bin/sleep', ['600'], { ...user, stdio: 'ignore' });
    this.children.push(child);
    return child;
  }

  async run(file: string, args: string[]): Promise<number> {
    const child = spawn(file, args, { stdio: 'ignore' });
    await new Promise((done) => child.once('exit', done));
    return child.pid ?? 0;
  }

  async close(): Promise<void> {
    for (const embedded of this.started) await embedded.stop();
    for (const child of this.children) await killed(child);
    const places = [this.root, this.stateRoot, ...(await readdir(this.root)).map((name) => join(this.root, name, 'private'))];
    for (const place of places) {
      for (const name of await readdir(place).catch((): string[] => [])) await killPostmaster(join(place, name, 'cluster'));
    }
    await rm(this.root, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }

  private async compile(): Promise<string> {
    const out = join(this.root, 'program');
    const main = join(out, 'broker.js');
    await mkdir(out, { recursive: true });
    for (const name of (await readdir(SOURCES)).filter((n) => n.endsWith('.ts') && !n.endsWith('.test.ts'))) {
      const { code } = await transformFile(join(SOURCES, name), {
        jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
        module: { type: 'es6' },
      });
      await writeFile(join(out, name.replace(/\.ts$/, '.js')), code);
    }
    await writeFile(join(out, 'package.json'), '{"type":"module"}');
    await symlink(resolve('node_modules'), join(out, 'node_modules'));
    await writeFile(main, BROKER);
    return main;
  }
}

/** Kills a process without giving it a chance to clear up, and waits until it is gone. */
export async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((done) => child.once('exit', done));
  child.kill('SIGKILL');
  await exited;
}

/** A user other than root, which PostgreSQL accepts. */
export async function plainUser(): Promise<{ uid: number; gid: number }> {
  const user = usersInOrder(await readFile('/etc/passwd', 'utf8'))[0];
  if (!user) throw new Error('no user but root');
  return user;
}

/** Process id that a cluster's postmaster.pid records. */
export async function postmasterPid(home: string): Promise<number> {
  return parsePostmasterPid(await readFile(join(home, 'cluster', 'postmaster.pid'), 'utf8'))?.pid ?? 0;
}

/** Runs one statement on a connection of its own. */
export async function sql<Row extends pg.QueryResultRow>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

async function killPostmaster(cluster: string): Promise<void> {
  const record = parsePostmasterPid(await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => ''));
  if (record && (await isPostmasterOf(record.pid, cluster))) process.kill(record.pid, 'SIGQUIT');
}
