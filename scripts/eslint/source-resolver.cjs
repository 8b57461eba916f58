// How eslint-plugin-boundaries finds what an import means: relative imports end in `.js` and stand for the `.ts` beside it, which
// the resolver for plain Node that the plugin brings does not know. Works on paths alone, so that a snippet can be linted in a test.
const { existsSync } = require('node:fs');
const { isBuiltin } = require('node:module');
const { dirname, resolve } = require('node:path');

exports.interfaceVersion = 2;

exports.resolve = (source, file) => {
  if (isBuiltin(source)) return { found: true, path: null };
  if (!source.startsWith('.')) return { found: false };
  const path = resolve(dirname(file), source);
  const typescript = path.replace(/\.js$/, '.ts');
  return { found: true, path: existsSync(path) && !existsSync(typescript) ? path : typescript };
};
