// `npm run test:faults -- --rounds N --seed S`: see README.md. Ends with the totals alone on a line.
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Broker } from './machine/broker.mjs';
import { Postgres } from './machine/postgres.mjs';
import { Random } from './random.mjs';
import { readOptions } from './options.mjs';
import { runRounds } from './rounds.mjs';
import { clock } from './scenarios/clock.mjs';
import { cutConnections } from './scenarios/cut-connections.mjs';
import { frozenReading } from './scenarios/frozen-reading.mjs';
import { fullDisk } from './scenarios/full-disk.mjs';
import { generatedMessages } from './scenarios/generated-messages.mjs';
import { idleConsumer } from './scenarios/idle-consumer.mjs';
import { readOnly } from './scenarios/read-only.mjs';
import { webhooks } from './scenarios/webhooks.mjs';

/** Every part in its order. A part resolves with its violations, or with {skipped: reason}. */
const PARTS = {
  rounds: withTwoBrokers(runRounds),
  'cut-connections': cutConnections,
  'frozen-reading': frozenReading,
  'idle-consumer': withTwoBrokers(idleConsumer),
  'read-only': withTwoBrokers(readOnly),
  webhooks: withTwoBrokers(webhooks, { OUTBOUND_ALLOW: '127.0.0.1/32' }),
  clock,
  'full-disk': fullDisk,
  'generated-messages': generatedMessages,
};

function withTwoBrokers(part, environment = {}) {
  return async (context) => {
    const postgres = await context.own(Postgres.start(context.dist, context.place, { settings: ['shared_buffers=64MB'] }));
    const brokers = [];
    for (let n = 0; n < 2; n += 1) brokers.push(await context.own(Broker.start(context.dist, context.place, postgres.url(), environment)));
    return part({ ...context, random: new Random(context.options.seed), machine: { postgres, brokers } });
  };
}

const options = readOptions(Object.keys(PARTS));
const dist = resolve(options.dist);
if (!existsSync(join(dist, 'src', 'main.js'))) {
  console.error('The broker is not built: run npm run build first.');
  process.exit(2);
}
const root = await mkdtemp(join(tmpdir(), 'twinfed-faults-'));
// Root starts PostgreSQL as another user, who has to get there.
await chmod(root, 0o755);
const owned = [];
let ended = false;

async function endAll() {
  for (const process_ of owned.splice(0).toReversed()) {
    process_.thaw?.();
    await process_.down('SIGKILL').catch(() => undefined);
  }
}

async function finish(code) {
  if (ended) return;
  ended = true;
  await endAll();
  await rm(root, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  process.exit(code);
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => void finish(130));

const tell = (line) => console.log(line);
tell(`seed ${options.seed}; node ${process.version}; ${options.only.join(', ')}`);
const totals = { passed: 0, failed: 0, skipped: 0 };
for (const name of options.only) {
  const place = await mkdtemp(join(root, `${name}-`));
  await chmod(place, 0o755);
  const context = {
    options,
    dist,
    place,
    tell: (line) => tell(`  ${line}`),
    own: async (starting) => {
      const started = await starting;
      owned.push(started);
      return started;
    },
  };
  tell(`== ${name}`);
  const began = performance.now();
  let outcome;
  try {
    outcome = await PARTS[name](context);
  } catch (error) {
    outcome = [`it broke off: ${error.stack ?? error}`];
  }
  await endAll();
  const took = `${((performance.now() - began) / 1_000).toFixed(0)} s`;
  if (!Array.isArray(outcome)) {
    totals.skipped += 1;
    tell(`-- ${name}: skipped: ${outcome.skipped}`);
  } else if (outcome.length === 0) {
    totals.passed += 1;
    tell(`-- ${name}: passed (${took})`);
  } else {
    totals.failed += 1;
    tell(`-- ${name}: FAILED (${took}), ${outcome.length} violations`);
    for (const violation of outcome.slice(0, 20)) tell(`   ${violation}`);
  }
}
tell(`${totals.passed} passed, ${totals.failed} failed${totals.skipped > 0 ? `, ${totals.skipped} skipped` : ''}`);
await finish(totals.failed > 0 ? 1 : 0);
