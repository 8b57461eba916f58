import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { call, twinPath } from '../load/client.mjs';
import { Load } from '../load/load.mjs';
import { echoRequest, World } from '../load/world.mjs';
import { Broker } from '../machine/broker.mjs';
import { Postgres } from '../machine/postgres.mjs';
import { Random } from '../random.mjs';

const LIBRARY = ['x86_64', 'aarch64']
  .map((arch) => `/usr/lib/${arch}-linux-gnu/faketime/libfaketime.so.1`)
  .find((path) => existsSync(path));

/** Clocks of broker and database that jump, each by itself: nothing is lost or reordered, and a deadline is the database's. */
export async function clock({ dist, place, own, options, tell }) {
  if (LIBRARY === undefined) return { skipped: 'libfaketime is not installed (apt-get install libfaketime)' };
  const random = new Random(options.seed);
  const files = { broker: join(place, 'broker.clock'), database: join(place, 'database.clock') };
  const set = async (who, seconds) => writeFile(files[who], `${seconds < 0 ? '' : '+'}${seconds}\n`, { mode: 0o644 });
  const faked = (who) => ({
    LD_PRELOAD: LIBRARY,
    FAKETIME_TIMESTAMP_FILE: files[who],
    FAKETIME_NO_CACHE: '1',
    // Waits last as long as they say; only what the time is, is wrong.
    DONT_FAKE_MONOTONIC: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  });
  await set('broker', 0);
  await set('database', 0);
  const postgres = await own(Postgres.start(dist, place, { settings: ['shared_buffers=64MB'], environment: faked('database') }));
  const broker = await own(Broker.start(dist, place, postgres.url(), faked('broker')));
  const found = [];
  for (const [who, seconds] of [
    ['broker', 5_400],
    ['broker', -5_400],
    ['database', 120],
    ['database', 90],
  ]) {
    const world = await World.create(broker.url, `clock-${options.seed}-${who}-${seconds}`, 4);
    const load = new Load({ brokers: [broker], world, random });
    load.begin();
    await delay(1_000);
    await set(who, seconds);
    await delay(2_500);
    const violations = await load.end(60_000);
    found.push(...violations.map((violation) => `${who} ${seconds} s: ${violation}`));
    // A deadline of 2 s, asked with the broker's clock wrong, is over after 2 s.
    if (who === 'broker') found.push(...(await deadline(broker, world, seconds)));
    await set('broker', 0);
    tell(`${who}'s clock ${seconds} s off: ${JSON.stringify(load.model.totals)}`);
  }
  return found;
}

async function deadline(broker, world, seconds) {
  const began = performance.now();
  const asked = await call(broker.url, 'POST', '/v1/messages', {
    token: world.token,
    body: echoRequest(world, 'd-9', world.startedAt ?? new Date().toISOString(), 2_000),
  });
  if (asked.status !== 202) return [`a REQUEST with the broker's clock ${seconds} s off was answered ${asked.status}`];
  const answer = await call(broker.url, 'POST', `${twinPath(world.requester)}/inbox/claims`, {
    token: world.token,
    body: { max: 1, waitSeconds: 10 },
    timeoutMs: 12_000,
  });
  const code = answer.body?.deliveries?.[0]?.message.data.status?.code;
  const took = performance.now() - began;
  if (code !== 'PEER_TIMEOUT') return [`a REQUEST nobody answers ended with ${code} when the broker's clock was ${seconds} s off`];
  return took < 1_900 || took > 6_000
    ? [`a deadline of 2 s was over after ${Math.round(took)} ms when the broker's clock was ${seconds} s off`]
    : [];
}
