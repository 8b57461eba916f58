// `npm test [-- jest arguments]`: builds when needed, runs jest in its ESM mode on every platform, and ends with the totals alone on a
// line: `N passed, N failed`, and `, N skipped` when tests were skipped.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildWhenNeeded, ROOT } from './build-when-needed.mjs';

buildWhenNeeded();
const folder = mkdtempSync(join(tmpdir(), 'twinfed-test-'));
const outcome = join(folder, 'outcome.json');
const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
const child = spawn(
  process.execPath,
  [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    jest,
    ...process.argv.slice(2),
    '--json',
    `--outputFile=${outcome}`,
  ],
  { cwd: ROOT, stdio: ['inherit', 'ignore', 'inherit'] },
);
// Ctrl-C reaches the whole group of a terminal; a signal sent to this process alone has to be handed on.
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
process.on('SIGINT', () => undefined);

child.on('exit', (code, signal) => {
  const totals = readTotals();
  rmSync(folder, { recursive: true, force: true });
  if (totals === undefined) {
    console.error(`jest ended without a result (${signal ?? `exit code ${code}`}).`);
    console.log('0 passed, 1 failed');
    process.exit(1);
  }
  const { passed, failed, skipped } = totals;
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  process.exit(failed > 0 ? 1 : (code ?? 1));
});

function readTotals() {
  try {
    const result = JSON.parse(readFileSync(outcome, 'utf8'));
    // A file that could not even be loaded holds no failed test, but it is a failure.
    const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
    return { passed: result.numPassedTests, failed, skipped: result.numPendingTests + result.numTodoTests };
  } catch {
    return undefined;
  }
}
