import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { jest } from '@jest/globals';

// The script stops by itself; this only catches one that hangs on a busy machine.
jest.setTimeout(300_000);

const SCRIPT = fileURLToPath(new URL('../../scripts/soak.mjs', import.meta.url));

describe('a broker under every kind of load at once', () => {
  it('answers nothing with 5xx, keeps its memory and leaves no connection behind', async () => {
    const child = spawn(process.execPath, [SCRIPT, '--seconds', '6', '--clients', '16'], { stdio: ['ignore', 'pipe', 'pipe'] });
    let report = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (report += text));
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    expect({ code, report: code === 0 ? '' : report }).toEqual({ code: 0, report: '' });
  });
});
