// `npm test [-- jest arguments]`: builds when needed, runs jest in its ESM mode on every platform, and ends with the totals alone on a
// line: `N passed, N failed`, and `, N skipped` when tests were skipped.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { buildWhenNeeded, ROOT } from './build-when-needed.mjs';

buildWhenNeeded();
const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
// With --json jest writes its result to standard output and everything for people to standard error.
const child = spawn(
  process.execPath,
  ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', jest, ...process.argv.slice(2), '--json'],
  { cwd: ROOT, stdio: ['inherit', 'pipe', 'inherit'] },
);
let result = '';
child.stdout.setEncoding('utf8').on('data', (text) => {
  result += text;
});
// Ctrl-C reaches the whole group of a terminal; a signal sent to this process alone has to be handed on.
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
process.on('SIGINT', () => undefined);

child.on('close', (code, signal) => {
  const totals = readTotals();
  if (totals === undefined) {
    console.error(`jest ended without a result (${signal ?? `exit code ${code}`}).`);
    console.log('0 passed, 1 failed');
    process.exit(1);
  }
  const { passed, failed, skipped } = totals;
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  // Also when no test failed, jest may have: a teardown that threw, no test found.
  process.exit(failed > 0 ? 1 : (code ?? 1));
});

function readTotals() {
  try {
    const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites, numPendingTests, numTodoTests } = JSON.parse(result);
    // A file that could not even be loaded holds no failed test, but it is a failure.
    return { passed: numPassedTests, failed: numFailedTests + numRuntimeErrorTestSuites, skipped: numPendingTests + numTodoTests };
  } catch {
    return undefined;
  }
}
