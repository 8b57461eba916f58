import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { UnexpectedExit } from '../../src/database/embedded/supervised-server.js';
import { EmbeddedFixture, isRoot, plainUser, postmasterPid, sql } from './embedded-postgres-fixture.js';

// Real servers are created here: on a busy machine that takes its time.

describe('embedded PostgreSQL', () => {
  let fixture: EmbeddedFixture;

  beforeAll(async () => {
    fixture = await EmbeddedFixture.create();
  });

  afterAll(() => fixture.close());

  it('keeps the data through a restart, and serves a stopped database no more', async () => {
    const dir = fixture.newDir();
    const first = await fixture.start(dir);
    await sql(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();
    await expect(sql(first.url, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });

    const second = await fixture.start(dir);
    expect(await sql(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    expect(second.dataDir).toBe(dir);
  });

  it('is durable, ordered by code point, in UTC and reachable from this machine only', async () => {
    const { url } = await fixture.start(await fixture.stoppedDatabase());
    const names = ['fsync', 'synchronous_commit', 'full_page_writes', 'listen_addresses', 'unix_socket_directories', 'jit', 'TimeZone'];
    const shown = await Promise.all(names.map((name) => sql<{ value: string }>(url, `SELECT current_setting('${name}') AS value`)));
    expect(shown.map(([row]) => row?.value)).toEqual(['on', 'on', 'on', '127.0.0.1', '', 'off', 'UTC']);
    expect(
      await sql(
        url,
        `SELECT datlocprovider, datlocale, pg_encoding_to_char(encoding) AS encoding FROM pg_database WHERE datname = current_database()`,
      ),
    ).toEqual([{ datlocprovider: 'b', datlocale: 'C.UTF-8', encoding: 'UTF8' }]);
    expect(
      await sql(url, `SELECT string_agg(v, '' ORDER BY v) AS ordered, lower('É') AS lowered FROM unnest(ARRAY['a', 'B', 'é']) v`),
    ).toEqual([{ ordered: 'Baé', lowered: 'é' }]);
  });

  it('keeps its password in a file for the owner only and refuses any other', async () => {
    const { url, dataDir } = await fixture.start(await fixture.stoppedDatabase());
    const password = (await readFile(join(dataDir, 'password'), 'utf8')).trim();
    expect((await stat(join(dataDir, 'password'))).mode & 0o777).toBe(0o600);
    expect(password.length).toBeGreaterThan(40);
    expect(url).toContain(password);
    await expect(sql(url.replace(password, 'wrong'), 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    const commandLine = await readFile(`/proc/${await postmasterPid(dataDir)}/cmdline`, 'utf8');
    expect(commandLine).not.toContain(password);
  });

  it('runs in a session of its own, so that Ctrl-C in the terminal does not reach it', async () => {
    const { dataDir } = await fixture.start(await fixture.stoppedDatabase());
    const pid = await postmasterPid(dataDir);
    const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ');
    expect([fields?.[2], fields?.[3]]).toEqual([String(pid), String(pid)]);
  });

  it('refuses a second start on the same data directory in one clear sentence', async () => {
    const dir = await fixture.stoppedDatabase();
    const first = await fixture.start(dir);
    await expect(fixture.start(dir)).rejects.toMatchObject({
      name: 'EmbeddedPostgresError',
      message: expect.stringMatching(/is in use by another broker.*DATABASE_URL/) as unknown,
    });
    expect(await sql(first.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('is restarted on the same port when it dies, with the data', async () => {
    const embedded = await fixture.start(await fixture.stoppedDatabase());
    await sql(embedded.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    const pid = await postmasterPid(embedded.dataDir);
    const seen: UnexpectedExit['outcome'][] = [];
    const restarted = new Promise<void>((resolve) => {
      embedded.onUnexpectedExit(({ outcome }) => {
        seen.push(outcome);
        if (outcome === 'restarted') resolve();
      });
    });
    process.kill(pid, 'SIGKILL');
    await restarted;
    expect(seen).toEqual(['restarting', 'restarted']);
    expect(await sql(embedded.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    expect(await postmasterPid(embedded.dataDir)).not.toBe(pid);
  });

  it('ends for good when it is stopped while being restarted', async () => {
    const embedded = await fixture.start(await fixture.stoppedDatabase());
    const restarting = new Promise<void>((resolve) => embedded.onUnexpectedExit(() => resolve()));
    process.kill(await postmasterPid(embedded.dataDir), 'SIGKILL');
    await restarting;
    await embedded.stop();
    await expect(sql(embedded.url, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('starts in spite of the record of a server that is gone', async () => {
    const dir = await fixture.stoppedDatabase();
    await leaveRecord(dir, await fixture.run('/bin/true', []));
    expect(await sql((await fixture.start(dir)).url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('starts in spite of a record whose process id now belongs to another process, and spares that process', async () => {
    const dir = await fixture.stoppedDatabase();
    const innocent = fixture.runForever(isRoot ? await plainUser() : undefined);
    await leaveRecord(dir, innocent.pid ?? 0);
    const { url } = await fixture.start(dir);
    expect(await sql(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(innocent.signalCode).toBeNull();
  });

  it('begins anew where an earlier attempt was interrupted while creating the database', async () => {
    const dir = fixture.newDir();
    await mkdir(join(dir, 'initdb-left', 'cluster', 'base'), { recursive: true });
    await writeFile(join(dir, 'initdb-left', 'cluster', 'PG_VERSION'), '18\n');
    const { url } = await fixture.start(dir);
    expect(await sql(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect((await readdir(dir)).filter((name) => name.startsWith('initdb-'))).toEqual([]);
  });

  it('refuses a database of another major version and one without its password', async () => {
    const dir = await fixture.stoppedDatabase();
    await writeFile(join(dir, 'cluster', 'PG_VERSION'), '17\n');
    await expect(fixture.start(dir)).rejects.toThrow(/is of PostgreSQL 17, but PostgreSQL 18 is installed/);
    await writeFile(join(dir, 'cluster', 'PG_VERSION'), '18\n');
    await writeFile(join(dir, 'password'), '');
    await expect(fixture.start(dir)).rejects.toThrow(/password .* is missing: restore/);
  });

  async function leaveRecord(dir: string, pid: number): Promise<void> {
    const cluster = join(dir, 'cluster');
    await writeFile(join(cluster, 'postmaster.pid'), `${pid}\n${cluster}\n1700000000\n54321\n\n127.0.0.1\n 1 2\nready   \n`, {
      mode: 0o600,
    });
    const { uid, gid } = await stat(cluster);
    await fixture.run('/bin/chown', [`${uid}:${gid}`, join(cluster, 'postmaster.pid')]);
  }
});
