// Builds dist when it is missing or older than what it is made of. Used by `npm start`, `npm test` and `npm run demo`.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..');
const SOURCES = ['src', 'migrations', 'demo', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];
const STAMP = join(ROOT, 'dist', '.tsbuildinfo');

function newest(path) {
  if (!existsSync(path)) return 0;
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  // A folder's own time tells of deleted and renamed files.
  return Math.max(stats.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

/** Whether dist holds what the sources say. The compiler writes its stamp last, and only when everything compiled. */
export function isBuilt() {
  const built = existsSync(STAMP) && existsSync(join(ROOT, 'dist', 'src', 'main.js')) ? statSync(STAMP).mtimeMs : 0;
  return built > 0 && SOURCES.every((source) => newest(join(ROOT, source)) <= built);
}

/** Compiles from scratch; on failure says what the compiler said and ends the program. */
export function build() {
  rmSync(join(ROOT, 'dist'), { recursive: true, force: true });
  const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [compiler, '-p', join(ROOT, 'tsconfig.build.json')], { stdio: ['ignore', 2, 2] });
  if (status !== 0) {
    rmSync(STAMP, { force: true });
    console.error('The build failed; see above.');
    process.exit(1);
  }
}

/** Compiles unless dist is up to date. Where only the product is installed (no compiler), dist is taken as it is. */
export function buildWhenNeeded() {
  if (isBuilt()) return;
  if (!existsSync(join(ROOT, 'node_modules', 'typescript')) && existsSync(join(ROOT, 'dist', 'src', 'main.js'))) return;
  console.error('Building…');
  build();
}

if (process.argv[1] === import.meta.filename) build();
