// `npm run openapi [-- URL]`: the description that the built server serves has to be valid OpenAPI without a single error. Starts a server
// with a throw-away data directory (embedded PostgreSQL, or TEST_DATABASE_URL's database as it is), unless the URL of a document is given.
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { buildWhenNeeded, ROOT } from './build-when-needed.mjs';

const RULES = {
  // The document names wherever it was read from, which is localhost here.
  'no-server-example.com': 'off',
  // Examples are run as they are: one that does not fit its schema is a mistake.
  'no-invalid-media-type-examples': 'error',
  'no-invalid-parameter-examples': 'error',
  'no-invalid-schema-examples': 'error',
  'operation-operationId': 'error',
  'operation-operationId-unique': 'error',
  'operation-summary': 'error',
  'operation-description': 'error',
  'operation-tag-defined': 'error',
  'no-unused-components': 'error',
  // Probes, keys and measurements take no input that could be wrong.
  'operation-4xx-response': 'off',
};

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

async function served() {
  buildWhenNeeded();
  const dataDir = mkdtempSync(join(tmpdir(), 'twinfed-openapi-'));
  const port = await freePort();
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, HOST: '127.0.0.1', PORT: String(port), DATA_DIR: dataDir, LOG_LEVEL: 'warn', LOG_FORMAT: 'pretty' };
  const server = spawn(process.execPath, [join(ROOT, 'dist', 'src', 'main.js')], { env, cwd: dataDir, stdio: ['ignore', 2, 2] });
  const ended = once(server, 'exit');
  try {
    const url = `http://127.0.0.1:${port}/openapi.json`;
    for (let attempt = 0; attempt < 600 && server.exitCode === null; attempt += 1) {
      const text = await fetch(url).then(
        (answer) => (answer.ok ? answer.text() : undefined),
        () => undefined,
      );
      if (text !== undefined) return text;
      await delay(100);
    }
    throw new Error('The server did not come up; see above.');
  } finally {
    if (server.exitCode === null) server.kill('SIGTERM');
    await ended;
    rmSync(dataDir, { recursive: true, force: true });
  }
}

const [given] = process.argv.slice(2);
const source = given === undefined ? await served() : await (await fetch(given)).text();
const config = await createConfig({ extends: ['recommended'], rules: RULES });
const problems = await lintFromString({ source, absoluteRef: 'openapi.json', config });
for (const { severity, ruleId, message, location } of problems) {
  console.log(`${severity} ${ruleId} ${location.map(({ pointer }) => pointer).join(' ')}: ${message}`);
}
const count = (severity) => problems.filter((problem) => problem.severity === severity).length;
const operations = Object.values(JSON.parse(source).paths).flatMap((item) => Object.keys(item)).length;
console.log(`OpenAPI: ${operations} operations, ${count('error')} errors, ${count('warn')} warnings`);
process.exit(count('error') > 0 ? 1 : 0);
