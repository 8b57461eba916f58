import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../../dist/src/main.js', import.meta.url));
const LIMIT_MS = 60_000;

/** What a broker left behind that ended by itself. */
export interface EndedBroker {
  code: number | null;
  /** What it told the person who started it: standard error as lines; the log goes to standard output. */
  lines: string[];
  /** Everything that it wrote. */
  output: string;
}

/** Starts the built server with these variables, which it is expected to refuse, and waits for its end. */
export async function startRefused(environment: Readonly<Record<string, string>>): Promise<EndedBroker> {
  const cwd = await mkdtemp(join(tmpdir(), 'twinfed-e2e-refused-'));
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [MAIN], {
    cwd,
    env: { PATH, HOME, HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'warn', LOG_FORMAT: 'json', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  await rm(cwd, { recursive: true, force: true });
  return { code, lines: errors.split('\n').filter((line) => line !== ''), output: output + errors };
}
