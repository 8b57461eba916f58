// Before the integration and e2e tests: one PostgreSQL for the whole run, TEST_DATABASE_URL's or an embedded one.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Where the tests find the server: createTestDatabase reads it in the workers, which inherit this process's environment. */
const VARIABLE = 'TWINFED_TEST_SERVER_URL';

export default async function globalSetup() {
  if (process.env.TEST_DATABASE_URL) {
    process.env[VARIABLE] = process.env.TEST_DATABASE_URL;
    return;
  }
  const server = spawn(process.execPath, [join(import.meta.dirname, 'test-server.mjs')], { stdio: ['pipe', 'pipe', 'inherit'] });
  globalThis.twinfedTestServer = server;
  const [line] = await Promise.race([once(createInterface({ input: server.stdout }), 'line'), once(server, 'exit')]);
  const report = typeof line === 'string' ? JSON.parse(line) : { error: `the test server ended (${line})` };
  if (report.error !== undefined) {
    server.stdin.end();
    throw new Error(`No PostgreSQL for the tests: ${report.error}\nSet TEST_DATABASE_URL to use one of your own.`);
  }
  process.env[VARIABLE] = report.url;
}
