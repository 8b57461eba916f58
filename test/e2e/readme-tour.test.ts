import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunningBroker } from './support/running-broker.js';

const ROOT = new URL('../../', import.meta.url);
const DOCUMENTED_URL = 'http://127.0.0.1:3000';
const MARK = '@@ block ';

/** The blocks that README marks as `sh tour`, in their order. */
async function tourBlocks(): Promise<string[]> {
  const text = await readFile(new URL('README.md', ROOT), 'utf8');
  return [...text.matchAll(/^```sh tour\n(.*?)^```$/gms)].map(([, block = '']) => block);
}

/** Runs the blocks in one shell that stops at the first command that fails; what each wrote, in order. */
async function runInBash(blocks: readonly string[], cwd: string): Promise<{ code: number | null; outputs: string[]; errors: string }> {
  const script = blocks.map((block, index) => `echo '${MARK}${index}'\n${block}`).join('\n');
  const shell = spawn('bash', ['-euo', 'pipefail', '-c', script], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  shell.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  shell.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const code = await new Promise<number | null>((resolve, reject) => shell.once('error', reject).once('close', resolve));
  return { code, outputs: output.split(new RegExp(`^${MARK}\\d+\\n`, 'm')).slice(1), errors };
}

describe('the documentation', () => {
  let broker: RunningBroker;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'twinfed-tour-'));
    // The tour reads the operator's credential from .data in the folder it is run in, as after npm start.
    broker = await RunningBroker.start({ environment: { DATA_DIR: join(folder, '.data') } });
  });
  afterAll(async () => {
    await broker.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('has a tour whose commands all work, in order, on a fresh broker', async () => {
    const blocks = await tourBlocks();
    expect(blocks[0]).toContain(DOCUMENTED_URL);
    const { code, outputs, errors } = await runInBash(
      blocks.map((block) => block.replaceAll(DOCUMENTED_URL, broker.url)),
      folder,
    );
    expect({ code, errors, block: outputs.length }).toEqual({ code: 0, errors: '', block: blocks.length });
    const [, registered, found, federated, connected, published, claimed, answered, streamed, released, lookedBack] = outputs;
    expect(registered).toMatch(/"id":"urn:example:twin:traffic".*"status":"ACTIVE"/);
    expect(found).toContain('"matchedFeatures":[{"kind":"function","name":"closeRoad"}]');
    expect(found).toMatch(/"twin":"urn:example:twin:traffic","feature":\{[^}]*"name":"averageSpeed"/);
    expect(found).toMatch(/"matches":false.*"wanted":\["traffic"\],"actual":"firefighting"/);
    expect(federated).toMatch(/"state":"JOINED"[^]*"state":"ACTIVE"/);
    expect(connected).toMatch(/"state":"REQUESTED"[^]*"state":"CONNECTED"/);
    expect(published).toMatch(/"ageMs":\d+,"value":\{"road": "A40", "intensity": 1240\}/);
    expect(claimed).toContain('{"settled":2}');
    expect(answered).toContain('"status":{"code":"OK"},"payload":{"closed": true}');
    expect(streamed?.match(/^event: message$/gm)).toHaveLength(3);
    expect(streamed).toContain('"action":"NOTIFY"');
    expect(released).toMatch(/"state":"RELEASED"[^]*"state":"DISSOLVED"[^]*"action":"federation\.dissolve"/);
    expect(lookedBack).toMatch(/"change":"changed"[^]*"change":"registered"[^]*"type":"twinRegistered"[^]*"type":"twinUpdated"/);
  });

  it('names only operations that the broker describes', async () => {
    const { body } = await broker.api<{ paths: Record<string, Record<string, unknown>> }>('GET', '/openapi.json');
    const described = new Set(
      Object.entries(body.paths).flatMap(([path, methods]) =>
        Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{\w+\}/g, '{}')}`),
      ),
    );
    // Descriptions themselves, and the WebSocket, which AsyncAPI describes.
    const unserved = ['GET /openapi.json', 'GET /asyncapi.json', 'GET /docs', 'GET /v1/exchange'];
    for (const name of (await readdir(new URL('docs/', ROOT))).filter((each) => each.endsWith('.md'))) {
      const text = await readFile(new URL(`docs/${name}`, ROOT), 'utf8');
      for (const [, method = '', path = ''] of text.matchAll(/`(GET|POST|PUT|PATCH|DELETE) (\/[^`\s?]*)[^`]*`/g)) {
        const operation = `${method} ${path.replaceAll(/\{\w+\}/g, '{}')}`;
        if (!unserved.includes(operation))
          expect({ name, operation, known: described.has(operation) }).toEqual({ name, operation, known: true });
      }
    }
  });
});
