import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSecretKey, SecretKeyError } from './secret-key.js';

describe('readSecretKey', () => {
  let dataDir: string;

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'twinfed-secret-key-'));
  });

  afterEach(() => rm(dataDir, { recursive: true, force: true }));

  it('prefers SECRET_KEY and then writes nothing', async () => {
    expect(await readSecretKey({ secretKey: 'from the environment', dataDir })).toBe('from the environment');
    expect(await readdir(dataDir)).toEqual([]);
  });

  it('generates a key once, readable by its owner only, in a directory that need not exist', async () => {
    const nested = join(dataDir, 'new', 'directory');
    const key = await readSecretKey({ dataDir: nested });
    expect(Buffer.from(key, 'base64url')).toHaveLength(32);
    expect(await readSecretKey({ dataDir: nested })).toBe(key);
    expect((await stat(join(nested, 'secret.key'))).mode & 0o777).toBe(0o600);
  });

  it('gives all who start together the same key and leaves no drafts', async () => {
    const keys = await Promise.all(Array.from({ length: 20 }, () => readSecretKey({ dataDir })));
    expect(new Set(keys).size).toBe(1);
    expect(await readdir(dataDir)).toEqual(['secret.key']);
    expect((await readFile(join(dataDir, 'secret.key'), 'utf8')).trim()).toBe(keys[0]);
  });

  it('refuses a file that holds no key, naming it and SECRET_KEY but not what it holds', async () => {
    await writeFile(join(dataDir, 'secret.key'), 'short\n');
    const failure = await readSecretKey({ dataDir }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(SecretKeyError);
    expect((failure as Error).message).toMatch(/secret\.key.*SECRET_KEY/);
    expect((failure as Error).message).not.toMatch(/short/);
  });
});
