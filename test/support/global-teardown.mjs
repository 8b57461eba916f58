// After the tests: closing its standard input tells the server of this run to go.
import { once } from 'node:events';

export default async function globalTeardown() {
  const server = globalThis.twinfedTestServer;
  if (server === undefined || server.exitCode !== null) return;
  const gone = once(server, 'exit');
  server.stdin.end();
  await gone;
}
