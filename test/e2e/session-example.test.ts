import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { RunningBroker } from './support/running-broker.js';

// Brokers start and stop here: that takes seconds, and more on a busy machine.

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TWIN = 'urn:test:twin:of-the-example';

describe('the example of a session in docs/exchange.md', () => {
  let broker: RunningBroker;
  beforeAll(async () => {
    broker = await RunningBroker.start();
  });
  afterAll(() => broker.close());

  it('runs as it stands and says what it did', async () => {
    const { token: TOKEN } = await broker.createOrganization();
    await broker.api('PUT', `/v1/twins/${encodeURIComponent(TWIN)}`, { name: 'Example', domain: 'traffic' }, TOKEN);
    const page = await readFile(`${ROOT}/docs/exchange.md`, 'utf8');
    const code = /^```js\n(import WebSocket.*?)^```$/ms.exec(page)?.[1] ?? '';
    const { PATH = '' } = process.env;
    const program = spawn(process.execPath, ['--input-type=module', '-e', code], {
      cwd: ROOT,
      env: { PATH, URL: broker.url, TOKEN, TWIN },
    });
    let output = '';
    for (const stream of [program.stdout, program.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    await new Promise((resolve) => program.once('close', resolve));
    expect(output.trim().split('\n')).toEqual(['published ACCEPTED', 'delivery OK', 'closed 1000']);
  });
});
