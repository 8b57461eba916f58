// `npm run demo`: builds when needed, then runs the demonstration in this process.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildWhenNeeded, ROOT } from './build-when-needed.mjs';

buildWhenNeeded();
const demo = join(ROOT, 'dist', 'demo', 'main.js');
if (!existsSync(demo)) {
  console.error('There is no demonstration in this version (demo/main.ts).');
  process.exit(1);
}
await import(pathToFileURL(demo).href);
