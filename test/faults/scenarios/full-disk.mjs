import { execFile } from 'node:child_process';
import { chmod, mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Load } from '../load/load.mjs';
import { call } from '../load/client.mjs';
import { flowMessage, World } from '../load/world.mjs';
import { Broker } from '../machine/broker.mjs';
import { until } from '../machine/ports.mjs';
import { Postgres } from '../machine/postgres.mjs';
import { Random } from '../random.mjs';

const run = promisify(execFile);
const SIZE_MB = 400;

/** A database on a small file system that fills up: messages are refused with 503, nothing promised is lost, and it goes on once there is room. */
export async function fullDisk({ dist, place, own, options, tell }) {
  const disk = join(place, 'disk');
  await mkdir(disk);
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${SIZE_MB}m,mode=0755`, 'tmpfs', disk]);
  } catch (error) {
    return { skipped: `no tmpfs can be mounted here (${String(error.stderr ?? error.message).trim()})` };
  }
  const found = [];
  let postgres;
  try {
    await chmod(disk, 0o755);
    postgres = await own(
      Postgres.start(dist, disk, { settings: ['shared_buffers=32MB', 'min_wal_size=32MB', 'max_wal_size=64MB', 'wal_recycle=off'] }),
    );
    const broker = await own(Broker.start(dist, place, postgres.url()));
    const world = await World.create(broker.url, `disk-${options.seed}`, 4);
    const load = new Load({ brokers: [broker], world, random: new Random(options.seed) });
    load.begin();
    await delay(1_500);
    const ballast = join(disk, 'ballast');
    await fill(ballast, disk);
    // Messages of a sender of its own, until one is refused because there is no room.
    const refusals = new Map();
    await until(30_000, async () => {
      const answer = await call(broker.url, 'POST', '/v1/messages', { token: world.token, body: bigMessage(world) });
      refusals.set(answer.status, (refusals.get(answer.status) ?? 0) + 1);
      if (answer.status === 503 && !/unavailable/.test(answer.body?.type ?? '')) found.push(`a 503 says ${JSON.stringify(answer.body)}`);
      if (answer.status === 500) found.push(`a full disk was answered 500: ${JSON.stringify(answer.body)}`);
      return (refusals.get(503) ?? 0) >= 5;
    });
    if ((refusals.get(503) ?? 0) < 5) found.push(`the full disk was not told by 503 (${JSON.stringify([...refusals])})`);
    await rm(ballast);
    // PostgreSQL gives up when it cannot write its log; whoever runs it starts it again.
    if (!postgres.running) await postgres.up();
    const recovered = await until(30_000, async () => {
      const answer = await call(broker.url, 'POST', '/v1/messages', { token: world.token, body: bigMessage(world) });
      return answer.status === 202;
    });
    if (!recovered) found.push('the broker takes no messages although there is room again');
    found.push(...(await load.end(60_000)));
    tell(`answers while the disk was full: ${JSON.stringify([...refusals])}; ${JSON.stringify(load.model.totals)}`);
    return found;
  } finally {
    await postgres?.down('SIGKILL').catch(() => undefined);
    await until(
      10_000,
      () =>
        run('umount', [disk]).then(
          () => true,
          () => false,
        ),
      500,
    );
  }
}

/** Leaves two megabytes, or less where the load was quicker: then the disk is full already. */
async function fill(path, disk) {
  const { bavail, bsize } = await statfs(disk);
  await writeFile(path, Buffer.alloc(Math.max(0, bavail * bsize - 2 * 1024 * 1024), 1)).catch((error) => {
    if (error.code !== 'ENOSPC') throw error;
  });
}

let serial = 0;
function bigMessage(world) {
  const message = flowMessage(world, world.requester, 0, new Date().toISOString());
  serial += 1;
  message.header.messageId = `big-${serial}`;
  message.header.receiver = undefined;
  message.data = {
    action: 'NOTIFY',
    object: { type: 'data', id: 'flow' },
    payload: { n: serial, text: Buffer.from(Array.from({ length: 60_000 }, (_, i) => (i * serial * 7919) % 251)).toString('base64') },
  };
  return message;
}
