import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const BENCH = join(import.meta.dirname, '..');

/** Installs the peers (bench/package.json) beside the benchmark, unless they are there in these versions; nothing of them runs while installing. */
export function installWhenNeeded() {
  const { dependencies } = JSON.parse(readFileSync(join(BENCH, 'package.json'), 'utf8'));
  const isThere = ([name, version]) => {
    const path = join(BENCH, 'node_modules', name, 'package.json');
    return existsSync(path) && JSON.parse(readFileSync(path, 'utf8')).version === version;
  };
  if (Object.entries(dependencies).every(isThere)) return;
  console.error('Installing what is compared (npm ci in bench/)…');
  const npm = spawnSync('npm', ['ci', '--prefix', BENCH, '--ignore-scripts', '--no-audit', '--no-fund'], { stdio: ['ignore', 2, 2] });
  if (npm.status !== 0) throw new Error('npm ci failed in bench/; see above.');
}
