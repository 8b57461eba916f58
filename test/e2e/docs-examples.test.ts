import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunningBroker } from './support/running-broker.js';

/** In the order in which they build upon one another. */
const PAGES = ['registry', 'discovery', 'dictionary'];
const LIMIT_MS = 240_000;

interface Ran {
  page: string;
  command: string;
  code: number | null;
  output: string;
  errors: string;
}

/** The commands of a page: of every `sh` block that begins with curl, each line that does, with what continues it. */
async function commandsOf(page: string): Promise<string[]> {
  const text = await readFile(new URL(`../../docs/${page}.md`, import.meta.url), 'utf8');
  const blocks = [...text.matchAll(/^```sh\n(curl .*?)^```$/gms)].map(([, block = '']) => block);
  return blocks.flatMap((block) => block.split(/\n(?=curl )/).map((command) => command.trim()));
}

/** Runs one command in bash, as a reader would who has pasted it. */
async function run(page: string, command: string, cwd: string, variables: Readonly<Record<string, string>>): Promise<Ran> {
  const { PATH = '', HOME = '' } = process.env;
  const shell = spawn('bash', ['-euo', 'pipefail', '-c', command], {
    cwd,
    env: { PATH, HOME, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [output, errors] = ['', ''];
  shell.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  shell.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const code = await new Promise<number | null>((resolve, reject) => shell.once('error', reject).once('close', resolve));
  return { page, command, code, output, errors };
}

describe('the pages on registry, discovery and dictionary', () => {
  let broker: RunningBroker;
  let folder: string;
  const ran: Ran[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'twinfed-docs-'));
    broker = await RunningBroker.start();
    const { token: TOKEN } = await broker.createOrganization('city-traffic');
    const { token: PLANNING } = await broker.createOrganization('city-planning');
    const variables = { URL: broker.url, TOKEN, PLANNING, OPERATOR: await broker.operatorToken() };
    for (const page of PAGES) {
      for (const command of await commandsOf(page)) ran.push(await run(page, command, folder, variables));
    }
  }, LIMIT_MS);
  afterAll(async () => {
    await broker.close();
    await rm(folder, { recursive: true, force: true });
  });

  const outputOf = (part: string): string => ran.find(({ command }) => command.includes(part))?.output ?? '';

  it('have examples that all succeed, in their order, on a fresh broker', () => {
    for (const page of PAGES) expect(ran.filter((each) => each.page === page).length).toBeGreaterThan(5);
    // curl -f ends with another code than 0 for every status of 400 and above.
    expect(ran.filter(({ code }) => code !== 0)).toEqual([]);
    expect(ran.filter(({ command }) => !/^curl -fsS/.test(command))).toEqual([]);
  });

  it('show what they say', () => {
    expect(outputOf('/versions/1"')).toContain('"version":1');
    expect(outputOf('?dryRun=true" -H "Authorization: Bearer $TOKEN" \\\n  -H \'If-Match')).toContain('"verdict":"breaking"');
    expect(outputOf('/v1/leases/renewals')).toBe('{"renewed":1,"notActive":[],"withoutLease":["urn:example:twin:fire"],"unknown":[]}');
    expect(outputOf('-T twins.ndjson')).toMatch(/"complete":true.*"refused":0/);
    expect(outputOf('Accept: text/event-stream')).toContain('event: twinRegistered');
    expect(outputOf('vehicleSpeed", "unit": "m/s"')).toContain('"matchedFeatures":[{"kind":"data","name":"averageSpeed"}]');
    expect(outputOf('/v1/discovery/why-not')).toMatch(/"matches":false.*"wanted":\["water"\],"actual":"traffic"/);
    expect(outputOf('waitMs=10000')).toContain('"reason":"newlyMatching","twin":"urn:example:twin:traffic-2"');
    expect(outputOf('tempo/matches')).toContain('https://smartdatamodels.org/dataModel.Transportation/averageVehicleSpeed');
    expect(outputOf('code=KMH')).toContain('"value":25');
  });
});
