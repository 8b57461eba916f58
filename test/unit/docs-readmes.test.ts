import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SRC = fileURLToPath(new URL('../../src', import.meta.url));

/** Every folder of src, itself included. */
const folders = [
  SRC,
  ...readdirSync(SRC, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name)),
];
const readmes = folders.map((folder) => join(folder, 'README.md')).filter((path) => existsSync(path));

/** Whether what a README names, relative to its folder, one within, or the root, is there; `*` stands for any part of a file's name. */
function isThere(folder: string, named: string): boolean {
  const within = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [folder, dirname(SRC), ...within.map(({ name }) => join(folder, name))].some((base) => {
    const path = join(base, named);
    if (!named.includes('*')) return existsSync(path);
    const pattern = new RegExp(`^${basename(path).replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
    return existsSync(dirname(path)) && readdirSync(dirname(path)).some((name) => pattern.test(name));
  });
}

describe('the folders of src', () => {
  it('each have a README', () => {
    const without = folders.filter((folder) => !readmes.includes(join(folder, 'README.md')));
    expect(without.map((folder) => folder.slice(SRC.length))).toEqual([]);
  });

  it.each(readmes.map((path) => path.slice(SRC.length + 1)))('%s has a title and names only files and folders that are there', (name) => {
    const path = join(SRC, name);
    const text = readFileSync(path, 'utf8').replace(/^```.*?^```$/gms, '');
    expect(text).toMatch(/^# \S.*\n\n\S/);
    const named = [...text.matchAll(/`((?:\.\.\/|[\w-]+\/)*[\w.*-]*(?:\.ts|\/))`/g)].map(([, each = '']) => each);
    expect(named.filter((each) => !isThere(dirname(path), each))).toEqual([]);
  });
});
