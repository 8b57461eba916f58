import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RunningBroker, type TestOrganization } from './support/running-broker.js';
import { twinPath } from './support/twin-network.js';

// Brokers start, are killed and start again here.

const SCRIPT = fileURLToPath(new URL('../../scripts/apply.mjs', import.meta.url));

interface Twin {
  version: number;
  labels: Record<string, string>;
}

const profilesOf = (run: string, count: number, labels: Record<string, string> = {}): { id: string; [member: string]: unknown }[] =>
  Array.from({ length: count }, (_, index) => ({
    id: `urn:test:apply:${run}:${String(index).padStart(4, '0')}`,
    name: `${run} ${index}`,
    domain: 'water',
    labels,
    features: [{ kind: 'data', name: 'level', schema: { type: 'number' } }],
  }));

describe('applying sets to running brokers', () => {
  let broker: RunningBroker;
  let second: RunningBroker;
  let city: TestOrganization;
  beforeAll(async () => {
    broker = await RunningBroker.start();
    second = await RunningBroker.start({ database: broker.database });
    city = await broker.createOrganization('city');
  });
  afterAll(async () => {
    await second.close();
    await broker.close();
  });

  const apply = (at: RunningBroker, set: string, twins: unknown[], query = '') =>
    at.api<{ counts: Record<string, number>; plan: string }>('PUT', `/v1/twin-sets/${set}${query}`, { twins }, city.token);
  const labelsOf = async (ids: readonly string[]): Promise<string[]> => {
    const answers = await Promise.all(ids.map((id) => broker.api<Twin>('GET', twinPath(id), undefined, city.token)));
    return answers.map(({ body }) => body.labels['run'] ?? '');
  };

  it('lets several CI runs and other writers work on the same twins at once, and ends as one of the runs', async () => {
    const twins = profilesOf('shared', 20);
    const ids = twins.map(({ id }) => id);
    expect((await apply(broker, 'shared', twins)).body.counts).toMatchObject({ create: 20 });
    const over = { done: false };
    const write = async (writer: number): Promise<number> => {
      let written = 0;
      for (let turn = 0; !over.done; turn += 1) {
        const id = ids[(turn * 7 + writer) % ids.length] ?? '';
        const headers = { 'if-match': '*', 'content-type': 'application/merge-patch+json' };
        const at = writer % 2 === 0 ? broker : second;
        const answer = await at.api('PATCH', twinPath(id), { description: `by writer ${writer}, turn ${turn}` }, city.token, headers);
        expect([200]).toContain(answer.status);
        written += 1;
      }
      return written;
    };
    const writers = [0, 1, 2, 3].map(write);
    const runs = Array.from({ length: 12 }, (_, run) => profilesOf('shared', 20, { run: `run-${run}` }));
    const answers = await Promise.all(runs.map((profiles, run) => apply(run % 2 === 0 ? broker : second, 'shared', profiles)));
    over.done = true;
    const written = await Promise.all(writers);
    expect(answers.map(({ status }) => status)).toEqual(runs.map(() => 200));
    expect(Math.min(...written)).toBeGreaterThan(0);
    const labels = new Set(await labelsOf(ids));
    expect(labels.size).toBe(1);
    // Every change of every run and writer is a version of its own: none was lost, none counted twice.
    const versions = await Promise.all(ids.map((id) => broker.api<Twin>('GET', twinPath(id), undefined, city.token)));
    const sum = versions.reduce((total, { body }) => total + body.version, 0);
    expect(sum).toBeGreaterThanOrEqual(20 + 20 * 12);
    expect((await apply(second, 'shared', profilesOf('shared', 20, { run: [...labels][0] ?? '' }))).body.counts).toMatchObject({
      create: 0,
      remove: 0,
    });
  });

  it('leaves nothing half when the broker is killed in the middle', async () => {
    const victim = await RunningBroker.start({ database: broker.database });
    try {
      const before = profilesOf('killed', 300, { run: 'before' });
      expect((await apply(broker, 'killed', before)).status).toBe(200);
      for (const delay of [30, 150, 400]) {
        const cut = apply(victim, 'killed', profilesOf('killed', 300, { run: `cut-${delay}` })).then(
          () => 'answered',
          () => 'cut',
        );
        await Promise.race([cut, new Promise((resolve) => setTimeout(resolve, delay))]);
        await victim.kill();
        await cut;
        await victim.restart();
        // An application that follows waits until the server has given up the one that was cut.
        const seen = await apply(broker, 'killed', before, '?dryRun=true');
        expect([0, 300]).toContain(seen.body.counts['change']);
        expect(new Set(await labelsOf(before.map(({ id }) => id))).size).toBe(1);
      }
    } finally {
      await victim.close();
    }
  });

  it('takes a large set, and refuses one that is too large before reading it all', async () => {
    const many = profilesOf('many', 1000);
    expect((await apply(broker, 'many', many)).body.counts).toMatchObject({ create: 1000 });
    expect((await apply(broker, 'many', many)).body.counts).toMatchObject({ nothing: 1000, create: 0 });
    const anonymous = await broker.api('PUT', '/v1/twin-sets/many', { twins: many });
    expect(anonymous.status).toBe(401);
    expect((await broker.api('DELETE', '/v1/twin-sets/many?twins=remove', undefined, city.token)).status).toBe(204);
    expect((await broker.api('GET', twinPath(many[0]?.id ?? ''), undefined, city.token)).status).toBe(404);
  });

  describe('from the command line', () => {
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'twinfed-apply-'));
    });
    afterAll(() => rm(folder, { recursive: true, force: true }));

    const run = async (
      args: string[],
      environment: Record<string, string> = {},
    ): Promise<{ code: number | null; out: string; err: string }> => {
      const { PATH = '' } = process.env;
      const credentials = { TWINFED_CLIENT_ID: city.clientId, TWINFED_CLIENT_SECRET: city.clientSecret, TWINFED_URL: broker.url };
      const child = spawn(process.execPath, [SCRIPT, ...args], { env: { PATH, ...credentials, ...environment } });
      let [out, err] = ['', ''];
      child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
      child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
      const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
      return { code, out, err };
    };

    it('reads JSON, YAML and NDJSON in folders, tells the difference, and applies it', async () => {
      const [one, two, three, four] = profilesOf('cli', 4);
      await mkdir(join(folder, 'deep'));
      await writeFile(join(folder, 'one.json'), JSON.stringify(one));
      await writeFile(
        join(folder, 'deep', 'two.yaml'),
        `---\n${JSON.stringify(two)}\n---\nid: ${three?.id ?? ''}\nname: Three\ndomain: water\n`,
      );
      await writeFile(join(folder, 'four.ndjson'), `${JSON.stringify(four)}\n\n`);
      await writeFile(join(folder, 'README.md'), 'not a profile');
      const planned = await run([folder, '--set', 'cli', '--dry-run', '--detailed-exitcode']);
      expect(planned).toMatchObject({ code: 2, err: '' });
      expect(planned.out).toContain('4 to create, 0 to change, 0 to remove');
      expect(planned.out).toContain(`+ create   ${two?.id ?? ''}  ${join(folder, 'deep', 'two.yaml')}, document 1`);
      expect((await run([folder, '--set', 'cli'])).code).toBe(0);
      expect(await run([folder, '--set', 'cli', '--dry-run', '--detailed-exitcode'])).toMatchObject({ code: 0 });
      await writeFile(join(folder, 'one.json'), JSON.stringify({ ...one, labels: { site: 'north' } }));
      await rm(join(folder, 'four.ndjson'));
      const changed = await run([folder, '--set', 'cli']);
      expect(changed.out).toContain('+ /labels/site');
      expect(changed.out).toContain(`- remove   ${four?.id ?? ''}`);
      expect(changed.code).toBe(0);
    });

    it('says which file is wrong, and where, and exits with 1', async () => {
      const bad = join(folder, 'bad.json');
      const attempts: [string, string, RegExp][] = [
        ['bad.json', '{"id": ', /bad\.json is not JSON/],
        ['bad.yaml', 'a: [', /bad\.yaml is not YAML/],
        ['bad.yaml', 'a: &a [x]\nb: [*a, *a, *a]\nid: urn:a\nid: urn:b', /bad\.yaml is not YAML/],
        ['bad.ndjson', '{"id": "urn:test:x:1"}\n7', /bad\.ndjson:2 is not a profile/],
        ['bad.json', '{"name": "x"}', /has no id/],
        ['bad.json', '[{"id": "urn:test:x:1"}, {"id": "urn:test:x:1"}]', /has the id of/],
        ['bad.json', '[]', /never emptied by mistake/],
        ['bad.json', '{"id": "urn:test:x:1", "name": "x", "domain": "Not OK"}', /bad\.json[\s\S]*\/domain must be/],
      ];
      for (const [name, text, message] of attempts) {
        await rm(bad, { force: true });
        await writeFile(join(folder, name), text);
        const { code, err } = await run([join(folder, name), '--set', 'bad']);
        expect(err).toMatch(message);
        expect(code).toBe(1);
        await rm(join(folder, name));
      }
    });

    it('takes no secret as an argument, and says how it is used', async () => {
      expect((await run(['--help'])).out).toContain('Usage: npm run apply');
      const wrong = [
        [],
        [folder],
        [folder, '--set', 'x', '--secret', 'y'],
        [folder, '--set', 'x', '--prune=maybe'],
        [folder, '--set', 'x', '--detailed-exitcode'],
      ];
      for (const args of wrong)
        expect(await run(args)).toMatchObject({ code: 1, err: expect.stringContaining('Usage: npm run apply') as unknown });
      expect((await run([folder, '--set', 'x'], { TWINFED_CLIENT_SECRET: '' })).err).toContain('in the environment');
      expect(await run([folder, '--set', 'x'], { TWINFED_CLIENT_SECRET: 'wrong' })).toMatchObject({ code: 1 });
    });
  });
});
