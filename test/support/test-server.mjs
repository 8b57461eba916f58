// The PostgreSQL of one test run, as a process of its own. It reports {"url"} on standard output and lives as long as its standard input
// is open: when the run ends, however it ends (also by SIGKILL), the server is stopped and its files are removed.
// Run from sources, so that integration tests need no build.
import { transformFile } from '@swc/core';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const ROOT = join(import.meta.dirname, '..', '..');
const SOURCES = join(ROOT, 'src', 'database', 'embedded');

/** Compiles the embedded server's code into `out`, which lies below node_modules so that its imports are found. */
async function compile(out) {
  await mkdir(out, { recursive: true });
  await writeFile(join(out, 'package.json'), '{"type":"module"}');
  for (const name of await readdir(SOURCES)) {
    if (!name.endsWith('.ts') || name.endsWith('.test.ts')) continue;
    const { code } = await transformFile(join(SOURCES, name), {
      swcrc: false,
      jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
      module: { type: 'es6' },
    });
    await writeFile(join(out, name.replace(/\.ts$/, '.js')), code);
  }
  return pathToFileURL(join(out, 'embedded-postgres.js')).href;
}

const place = await mkdtemp(join(tmpdir(), 'twinfed-test-server-'));
// Root starts PostgreSQL as another user, who has to get there.
await chmod(place, 0o755);
const program = join(ROOT, 'node_modules', '.cache', `twinfed-test-server-${process.pid}`);
let server;

async function end() {
  await server?.stop().catch((error) => console.error(error));
  await rm(place, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  await rm(program, { recursive: true, force: true });
  process.exit(0);
}

const orphaned = new Promise((resolve) => {
  process.stdin.once('end', resolve).once('error', resolve).resume();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, resolve);
});

const log = [];
try {
  const { startEmbeddedPostgres } = await import(await compile(program));
  server = await startEmbeddedPostgres({ dataDir: join(place, 'data'), stateRoot: join(place, 'state'), log: (line) => log.push(line) });
  process.stdout.write(`${JSON.stringify({ url: server.url })}\n`);
} catch (error) {
  process.stdout.write(`${JSON.stringify({ error: [error.message, ...log].join('\n') })}\n`);
}
await orphaned;
await end();
