// A reporter: after a run of all contract tests, every protocol on offer has to have passed the suites of its directions, under its own name.
import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Title above the names of what is offered. */
export const OFFERED = 'protocols on offer';
/** How a suite says that it is skipped because its server is missing. */
export const NOT_INSTALLED = 'is not installed';

const HERE = dirname(fileURLToPath(import.meta.url));
const SUITE = /^the (inbound|outbound) protocol ([^ ,]+)/;

/** Of the results of single tests, what is offered and has not run. */
export function uncoveredOf(results) {
  const offered = results.filter(({ ancestorTitles }) => ancestorTitles.includes(OFFERED)).map(({ title }) => title);
  const ran = new Set(
    results.flatMap(({ ancestorTitles, status }) => {
      const [, direction, name] = ancestorTitles.map((title) => SUITE.exec(title)).find((match) => match !== null) ?? [];
      const isExcused = status === 'pending' && ancestorTitles.some((title) => title.includes(NOT_INSTALLED));
      return name !== undefined && (status === 'passed' || isExcused) ? [`${direction} ${name}`] : [];
    }),
  );
  return offered.filter((title) => !ran.has(title));
}

export default class ContractCoverage {
  error;

  onRunComplete(_contexts, { testResults }) {
    const files = new Set(testResults.map(({ testFilePath }) => testFilePath));
    const isWhole = readdirSync(HERE)
      .filter((name) => name.endsWith('.test.ts'))
      .every((name) => files.has(`${HERE}/${name}`));
    const results = testResults.flatMap((file) => file.testResults);
    // A run of single files, or of single tests by their names, says nothing about the rest.
    if (!isWhole || results.some(({ status, ancestorTitles }) => status === 'pending' && ancestorTitles.includes(OFFERED))) return;
    const uncovered = uncoveredOf(results);
    if (uncovered.length === 0) return;
    this.error = new Error(`The contract did not run on: ${uncovered.join(', ')}`);
    process.stderr.write(`\n${this.error.message}\n`);
  }

  getLastError() {
    return this.error;
  }
}
