import { setTimeout as delay } from 'node:timers/promises';
import { LEASE_SECONDS, Load } from './load/load.mjs';
import { call, twinPath } from './load/client.mjs';
import { World } from './load/world.mjs';
import { Random } from './random.mjs';

/** How long the other broker may pause while one is frozen or gone, in milliseconds. */
const GO_ON_MS = 5_000;

/** One fault of a round, with how often it is drawn. Each heals what it broke. */
const FAULTS = [
  { name: 'kill -9 of one of two brokers', weight: 4, run: killOne },
  { name: 'kill -9 of both brokers', weight: 2, run: killBoth },
  { name: 'SIGTERM of one of two brokers', weight: 1, run: stopOne },
  { name: 'kill -9 of PostgreSQL', weight: 3, run: killPostgres },
  { name: 'fast restart of PostgreSQL', weight: 1, run: restartPostgres },
  { name: 'every connection to PostgreSQL terminated', weight: 2, run: terminateConnections },
  { name: 'SIGSTOP of one of two brokers', weight: 2, run: (round) => freezeOne(round, 8) },
];

function draw(random) {
  const total = FAULTS.reduce((sum, { weight }) => sum + weight, 0);
  let left = random.next() * total;
  return FAULTS.find(({ weight }) => (left -= weight) < 0) ?? FAULTS[0];
}

/** Random faults under load over two brokers on one PostgreSQL; every violation of every round. */
export async function runRounds({ machine, options, tell }) {
  const violations = [];
  const frozenFor = options.freezeSeconds;
  for (let number = 1; number <= options.rounds; number += 1) {
    const random = new Random(options.seed * 1_000 + number);
    const longFreeze = number === Math.min(3, options.rounds);
    const fault = longFreeze
      ? { name: `SIGSTOP of one of two brokers for ${frozenFor} s`, run: (round) => freezeOne(round, frozenFor) }
      : draw(random);
    const world = await World.create(machine.brokers[0].url, `r${options.seed}-${number}`, 8);
    const load = new Load({ brokers: machine.brokers, world, random });
    load.begin();
    await delay(random.between(300, 1_500));
    const found = [...(await fault.run({ ...machine, load, random, world, options }))];
    await delay(random.between(200, 1_000));
    found.push(...(await load.end()), ...(await storedTwice(machine.postgres, world)));
    const { promised, received, requests } = load.model.totals;
    tell(
      `round ${number}: ${fault.name}; ${promised} promised, ${received} received, ${requests} requests${found.length === 0 ? '' : `: ${found.length} VIOLATIONS`}`,
    );
    for (const violation of found.slice(0, 5)) tell(`  ${violation}`);
    violations.push(...found.map((violation) => `round ${number} (${fault.name}): ${violation}`));
  }
  return violations;
}

/** Looked up in the log itself: one row per (sender, messageId), one answer per REQUEST. */
async function storedTwice(postgres, world) {
  const rows = await postgres.query(
    `SELECT sender, message_id, count(*) AS copies FROM message_log
      WHERE sender = ANY ($1) OR channel = $2 GROUP BY sender, message_id HAVING count(*) > 1`,
    [[...world.senders, world.requester, world.responder], world.requester],
  );
  return rows.map(({ sender, message_id: id, copies }) => `${sender} ${id} is stored ${copies} times`);
}

async function killOne({ brokers, random }) {
  const broker = random.pick(brokers);
  await broker.down('SIGKILL');
  await delay(random.between(0, 1_500));
  await broker.up();
  return [];
}

async function killBoth({ brokers, random }) {
  await Promise.all(brokers.map((broker) => broker.down('SIGKILL')));
  await delay(random.between(0, 500));
  await Promise.all(brokers.map((broker) => broker.up()));
  return [];
}

async function stopOne({ brokers, random }) {
  const broker = random.pick(brokers);
  await broker.down('SIGTERM');
  await broker.up();
  return [];
}

async function killPostgres({ postgres, brokers, random }) {
  await postgres.down('SIGKILL');
  await delay(random.between(0, 1_000));
  await postgres.up();
  return recovered(brokers);
}

async function restartPostgres({ postgres, brokers }) {
  await postgres.down('SIGINT');
  await postgres.up();
  return recovered(brokers);
}

async function terminateConnections({ postgres, random }) {
  for (let times = random.between(1, 4); times > 0; times -= 1) {
    await postgres.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'twinfed%'`,
      [],
      postgres.adminUrl,
    );
    await delay(random.between(50, 400));
  }
  return [];
}

/** Brokers come back by themselves once the database does. */
async function recovered(brokers) {
  const found = [];
  for (const broker of brokers) {
    const end = performance.now() + 20_000;
    while (!(await broker.isReady())) {
      if (performance.now() > end) {
        found.push(`the broker ${broker.url} did not recover within 20 s`);
        break;
      }
      await delay(100);
    }
  }
  return found;
}

/**
 * Freezes a broker while a consumer holds a lease that it got through it: the other broker goes on within seconds, also with what the frozen one's
 * consumers held, and after the thaw the old lease is worth nothing.
 */
async function freezeOne({ brokers, load, random, world }, seconds) {
  const found = [];
  const frozen = random.between(0, 1);
  const other = 1 - frozen;
  const path = twinPath(world.receiver);
  const held = await call(brokers[frozen].url, 'POST', `${path}/inbox/claims`, {
    token: world.token,
    body: { claimId: `held-${random.between(0, 1e9)}`, consumer: 'freezes', max: 5, leaseSeconds: LEASE_SECONDS },
  });
  const deliveries = held.status === 200 ? held.body.deliveries : [];
  for (const { message, redelivered, id } of deliveries) {
    load.model.receive(message.header.sender.id, message.data.payload.n, {
      marked: redelivered === true,
      id,
      claim: 'the claim before the freeze',
    });
  }
  brokers[frozen].freeze();
  load.resetGaps();
  await delay(seconds * 1_000);
  for (const what of ['accepted', 'delivered']) {
    const pause = load.pause(what, other);
    // A claim itself may wait a second, and all keys may be in the frozen consumers' hands until their leases run out.
    const allowed = what === 'accepted' ? GO_ON_MS : GO_ON_MS + LEASE_SECONDS * 1_000;
    if (pause > allowed) found.push(`nothing was ${what} through the other broker for ${Math.round(pause)} ms`);
  }
  brokers[frozen].thaw();
  if (deliveries.length > 0 && seconds > LEASE_SECONDS + 1) {
    const settle = () =>
      call(brokers[frozen].url, 'POST', `${path}/inbox/acks`, {
        token: world.token,
        body: { leaseToken: held.body.leaseToken },
        timeoutMs: 10_000,
      });
    let late = await settle();
    // A connection kept from before the freeze may be closed as idle just then; no answer in time is another matter.
    if (late.error !== undefined && late.error.name !== 'TimeoutError') late = await settle();
    const answer = late.error === undefined ? `answered ${late.status}` : `not answered (${late.error.cause ?? late.error})`;
    if (late.status !== 409) found.push(`an ack with a lease that ran out during the freeze was ${answer}`);
  }
  return found;
}
