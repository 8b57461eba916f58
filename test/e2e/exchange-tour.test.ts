import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunningBroker } from './support/running-broker.js';

const PAGE = new URL('../../docs/exchange.md', import.meta.url);
const DOCUMENTED_URL = 'http://127.0.0.1:3000';
const MARK = '@@ block ';
/** curl writes a status character by character: what two of them say at one time has to come in lines all the same. */
const CURL_BY_LINES = `#!/bin/bash
exec 3>&1
PATH=\${PATH#*:}
said=$(curl "$@" 2>&1 >&3)
code=$?
[ -z "$said" ] || printf '%s\\n' "$said" >&2
exit $code
`;

/** A status that the page names, or leaves to be any 2xx, and what came. */
interface Disagreement {
  block: string;
  documented: number[];
  got: number[];
}

/** Every block that the page marks as `sh`, in their order. */
async function shellBlocks(): Promise<string[]> {
  const text = await readFile(PAGE, 'utf8');
  return [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block);
}

/** Runs the blocks in one shell that stops at the first command that fails. On standard error it says where it is and what is documented. */
async function runInBash(blocks: readonly string[], cwd: string): Promise<{ code: number | null; outputs: string[]; told: string[] }> {
  const script = blocks
    .map((block) => block.replace(/^# (\d{3}(?: and \d{3})*)\b.*$/gm, "echo 'DOCUMENTED $1' >&2"))
    .map((block, index) => `echo '${MARK}${index}'; echo '${MARK}${index}' >&2\n${block}`)
    .join('\n');
  const { PATH = '', HOME = '' } = process.env;
  const tools = join(cwd, 'tools');
  await mkdir(tools);
  await writeFile(join(tools, 'curl'), CURL_BY_LINES, { mode: 0o755 });
  const env = { PATH: `${tools}:${PATH}`, HOME };
  const shell = spawn('bash', ['-euo', 'pipefail', '-c', script], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [output, errors] = ['', ''];
  shell.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  shell.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const code = await new Promise<number | null>((resolve, reject) => shell.once('error', reject).once('close', resolve));
  return { code, outputs: output.split(new RegExp(`^${MARK}\\d+\\n`, 'm')).slice(1), told: errors.trim().split('\n') };
}

/** Where the statuses are not as documented: named ones are those of the commands just before, all others are 2xx. */
function disagreements(told: readonly string[]): Disagreement[] {
  const found: Disagreement[] = [];
  const before: number[] = [];
  let block = '';
  const compare = (documented: number[]): void => {
    const named = before.splice(before.length - documented.length).toSorted();
    const others = before.splice(0).filter((status) => status < 200 || status > 299);
    if (others.length > 0) found.push({ block, documented: [], got: others });
    if (String(named) !== String(documented.toSorted())) found.push({ block, documented, got: named });
  };
  for (const line of told) {
    const [kind = '', rest = ''] = line.split(/ (.*)/s);
    if (kind === 'HTTP') before.push(Number(rest));
    if (kind === 'DOCUMENTED') compare(rest.split(' and ').map(Number));
    if (!line.startsWith(MARK)) continue;
    compare([]);
    block = line.slice(MARK.length);
  }
  compare([]);
  return found;
}

describe('docs/exchange.md', () => {
  let broker: RunningBroker;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'twinfed-exchange-tour-'));
    // The page reads the operator's credential from .data in the folder it is run in, as after npm start.
    broker = await RunningBroker.start({ environment: { DATA_DIR: join(folder, '.data') } });
  });
  afterAll(async () => {
    await broker.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('has shell examples that all run, in order, on a fresh broker, with the statuses that it names', async () => {
    const blocks = await shellBlocks();
    expect(blocks[0]).toContain(DOCUMENTED_URL);
    const { code, outputs, told } = await runInBash(
      blocks.map((block) => block.replaceAll(DOCUMENTED_URL, broker.url)),
      folder,
    );
    const words = told.filter((line) => !/^(?:HTTP \d{3}|DOCUMENTED [\d and]+|@@ block \d+)$/.test(line));
    expect({ words, code, disagreements: disagreements(told), blocks: outputs.length }).toEqual({
      words: [],
      code: 0,
      disagreements: [],
      blocks: blocks.length,
    });
    const outputOf = (part: string): string => outputs[blocks.findIndex((block) => block.includes(part))] ?? '';
    expect(outputOf('"many"')).toMatch(/"code":"PAYLOAD_INVALID"|payload-invalid/);
    expect(outputOf('x-ndjson')).toMatch(/"complete":true,"lines":3,"accepted":2,"refused":1/);
    expect(outputOf('s/1280/9999/')).toMatch(/"repeated":false[^]*"repeated":true[^]*message-conflict/);
    expect(outputOf('wait=30')).toContain('"payload":{"closed": true}');
    expect(outputOf('dryRun=true')).toMatch(/urn:example:twin:traffic.*"outcome":"accepted"/);
    expect(outputOf('"claimId": "first"')).toMatch(/intensity: 1240[^]*percent: 40[^]*"settled":4[^]*not-leased/);
    expect(outputOf('ack=auto')).toMatch(/^event: stream$[^]*"redelivered":true[^]*invalid-cursor/m);
    expect(outputOf('hooks.example.org')).toMatch(/"state":"PENDING_VERIFICATION"[^]*"secret":"whsec_/);
    expect(outputOf('features/trafficFlow/value')).toMatch(/"value":\{"intensity": 1300, "averageSpeed": 35\}/);
    expect(outputOf('"claimId": "jam"')).toMatch(/"lastValue":true/);
    expect(outputOf('"claimId": "jam"')).not.toMatch(/"intensity": 200/);
    expect(outputOf('/v1/replays')).toMatch(/"replayed":true/);
    expect(outputOf('notBefore')).toContain('"status":"WITHDRAWN"');
    expect(outputOf('/history?')).toMatch(/"event":"given-back"[^]*"root"/);
  }, 120_000);
});
