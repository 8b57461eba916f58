// `npm test [-- jest arguments]`: builds when needed, runs jest in its ESM mode on every platform, and ends with the totals alone on a
// line: `N passed, N failed`, and `, N skipped` when tests were skipped. With CI set, a few files that failed are run once more by themselves, and
// whatever passes then is named: a machine that does several things at once fails tests that the product does not.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { buildWhenNeeded, ROOT } from './build-when-needed.mjs';

/** More failed files than this are no accident. */
const MOST_TRIED_AGAIN = 5;

buildWhenNeeded();
const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
const given = process.argv.slice(2);
let child;
// Ctrl-C reaches the whole group of a terminal; a signal sent to this process alone has to be handed on.
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child?.kill(signal));
process.on('SIGINT', () => undefined);

/** How long jest may take to end after it gave its result: Node 20 sometimes tears a process down for ever that had sockets reset under it. */
const END_MS = 20_000;

/** Runs jest; gives its result, or undefined when it ended without one. */
function runJest(jestArguments) {
  return new Promise((resolve) => {
    // With --json jest writes its result to standard output and everything for people to standard error.
    child = spawn(
      process.execPath,
      ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', jest, ...jestArguments, '--json'],
      { cwd: ROOT, stdio: ['inherit', 'pipe', 'inherit'] },
    );
    let text = '';
    let isStuck = false;
    let end;
    child.stdout.setEncoding('utf8').on('data', (part) => {
      text += part;
      clearTimeout(end);
      if (!text.trimEnd().endsWith('}')) return;
      end = setTimeout(() => {
        if (resultOf(text) === undefined) return;
        isStuck = true;
        child.kill('SIGKILL');
      }, END_MS);
    });
    child.on('close', (code, signal) => {
      clearTimeout(end);
      const result = resultOf(text);
      if (result === undefined) {
        console.error(`jest ended without a result (${signal ?? `exit code ${code}`}).`);
        resolve(undefined);
        return;
      }
      if (isStuck) console.error(`jest did not end within ${END_MS / 1_000} s of its result and was ended.`);
      resolve({ ...result, code: isStuck ? Number(!result.success) : code });
    });
  });
}

/** The result that jest wrote; undefined when it is none, or not whole. */
function resultOf(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Totals of a result. A file that could not even be loaded holds no failed test, but it is a failure. */
function totalsOf({ numPassedTests, numFailedTests, numRuntimeErrorTestSuites, numPendingTests, numTodoTests }) {
  return { passed: numPassedTests, failed: numFailedTests + numRuntimeErrorTestSuites, skipped: numPendingTests + numTodoTests };
}

const failedFiles = ({ testResults }) => testResults.filter(({ status }) => status === 'failed').map(({ name }) => name);
const failedTests = ({ testResults }) =>
  testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'failed')
      .map(({ fullName }) => `${name.slice(ROOT.length + 1)}: ${fullName.slice(0, 200)}`),
  );

const first = await runJest(given);
if (first === undefined) {
  console.log('0 passed, 1 failed');
  process.exit(1);
}
let { code } = first;
const totals = totalsOf(first);
const files = [...new Set(failedFiles(first))];
if (process.env.CI && totals.failed > 0 && files.length > 0 && files.length <= MOST_TRIED_AGAIN) {
  console.error(`\n${files.length} files failed; they are run once more, by themselves.`);
  const options = given.filter((each, index) => each.startsWith('-') || given[index - 1]?.startsWith('-'));
  const again = await runJest([...options, '--runInBand', '--runTestsByPath', ...files]);
  const left = again === undefined ? totals.failed : totalsOf(again).failed;
  console.error(`\n${totals.failed - left} of ${totals.failed} failures did not come again by themselves:`);
  for (const name of failedTests(first)) console.error(`  at first failed: ${name}`);
  totals.passed += totals.failed - left;
  totals.failed = left;
  code = again?.code ?? 1;
}
const { passed, failed, skipped } = totals;
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
// Also when no test failed, jest may have: a teardown that threw, no test found.
process.exit(failed > 0 ? 1 : (code ?? 1));
