import { chmod, chown, mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedFixture, itAsRoot, killed, plainUser, postmasterPid, sql } from './embedded-postgres-fixture.js';

// Real servers are created here: on a busy machine that takes its time.

describe('embedded PostgreSQL of brokers that are processes of their own', () => {
  let fixture: EmbeddedFixture;

  beforeAll(async () => {
    fixture = await EmbeddedFixture.create();
  });

  afterAll(() => fixture.close());

  it('outlives a killed broker and is adopted by the next one', async () => {
    const dir = await fixture.stoppedDatabase();
    const { broker, report } = await fixture.startBroker(dir);
    const url = report.url ?? '';
    await sql(url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    const pid = await postmasterPid(dir);
    await killed(broker);

    const log: string[] = [];
    const next = await fixture.start(dir, (line) => log.push(line));
    expect(await postmasterPid(dir)).toBe(pid);
    expect(next.url).toBe(url);
    expect(await sql(next.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    expect(log.join('\n')).toMatch(/adopted PostgreSQL/);

    await next.stop();
    await expect(sql(next.url, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('notices that an adopted server dies, and restarts it', async () => {
    const dir = await fixture.stoppedDatabase();
    const { broker } = await fixture.startBroker(dir);
    await killed(broker);
    const next = await fixture.start(dir);
    const restarted = new Promise<void>((resolve) => next.onUnexpectedExit(({ outcome }) => outcome === 'restarted' && resolve()));
    process.kill(await postmasterPid(dir), 'SIGKILL');
    await restarted;
    expect(await sql(next.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('lets exactly one of several brokers win that start at the same instant on a new data directory', async () => {
    const dir = fixture.newDir();
    const reports = (await Promise.all([1, 2, 3].map(() => fixture.startBroker(dir)))).map(({ report }) => report);
    const losers = reports.filter(({ url }) => url === undefined);
    expect(losers).toHaveLength(2);
    for (const { name, error } of losers) {
      expect(name).toBe('EmbeddedPostgresError');
      expect(error).toMatch(/is in use by another broker on this machine \(process \d+\)/);
    }
    expect(await sql(reports.find(({ url }) => url)?.url ?? '', 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  itAsRoot(
    'puts the database elsewhere when root has a data directory that nobody else can enter, and finds it again (by root alone)',
    async () => {
      const parent = fixture.newDir();
      await mkdir(parent, { mode: 0o700 });
      const dir = join(parent, 'data');
      const log: string[] = [];
      const first = await fixture.start(dir, (line) => log.push(line));
      expect(first.dataDir).toMatch(new RegExp(`^${fixture.stateRoot}/[0-9a-f]{12}-`));
      expect(log.join('\n')).toContain(`cannot enter ${dir}; the database lies in ${first.dataDir}`);
      expect((await readFile(join(dir, 'database-location'), 'utf8')).trim()).toBe(first.dataDir);
      await sql(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
      await first.stop();

      const second = await fixture.start(dir);
      expect(second.dataDir).toBe(first.dataDir);
      expect(await sql(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);

      const copy = fixture.newDir();
      await fixture.run('cp', ['-a', dir, copy]);
      await expect(fixture.start(copy)).rejects.toThrow(/is in use by another broker/);

      await second.stop();
      await fixture.run('mv', [first.dataDir, `${first.dataDir}-moved`]);
      // An empty database in its place would hide the loss.
      await expect(fixture.start(dir)).rejects.toThrow(/which does not exist: bring it back, or delete .*database-location/);
    },
  );

  itAsRoot('runs as another user when root starts it, who owns the cluster (by root alone)', async () => {
    const { dataDir } = await fixture.start(await fixture.stoppedDatabase());
    const user = await plainUser();
    expect(await stat(join(dataDir, 'cluster'))).toMatchObject(user);
    expect(await stat(`/proc/${await postmasterPid(dataDir)}`)).toMatchObject(user);
    expect((await stat(join(dataDir, 'password'))).uid).toBe(0);
  });

  itAsRoot('runs as the same user when a plain user starts it', async () => {
    const user = await plainUser();
    const dir = fixture.newDir();
    await mkdir(dir);
    await chmod(dir, 0o700);
    await chown(dir, user.uid, user.gid);
    const { broker, report } = await fixture.startBroker(dir, user);
    expect(report.error).toBeUndefined();
    expect(await sql(report.url ?? '', 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(await stat(join(dir, 'password'))).toMatchObject(user);
    await killed(broker);
    // Root then finds a cluster of that user and serves it as that user.
    const next = await fixture.start(dir);
    expect(next.url).toBe(report.url);
  });
});
