// `npm start`: builds when needed, then becomes the server: same process, so signals and exit codes are the server's own.
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { buildWhenNeeded, ROOT } from './build-when-needed.mjs';

buildWhenNeeded();
await import(pathToFileURL(join(ROOT, 'dist', 'src', 'main.js')).href);
