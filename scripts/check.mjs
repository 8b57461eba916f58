// `npm run check`: what CI demands, in its order, in the working copy. Stops at the first failure.
import { spawnSync } from 'node:child_process';
import { ROOT } from './build-when-needed.mjs';

for (const script of ['format:check', 'lint', 'types', 'build', 'openapi', 'test']) {
  console.log(`\n== npm run ${script}`);
  // One command line for the shell, which Windows needs to find npm.
  const { status } = spawnSync(`npm run --silent ${script}`, { cwd: ROOT, stdio: 'inherit', shell: true });
  if (status !== 0) process.exit(status ?? 1);
}
