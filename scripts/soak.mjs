// `node scripts/soak.mjs [--seconds 60] [--clients 64]`: bounded load of every kind on the built server with an embedded PostgreSQL of its
// own. Ends with 1 when anything was answered 5xx or broke off, when memory grew, or when connections were left behind.
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { chooseAction } from './soak/actions.mjs';
import { buildCity } from './soak/city.mjs';
import { SoakedBroker } from './soak/soaked-broker.mjs';
import { Book, endAllConnections } from './soak/traffic.mjs';

const MB = 1024 * 1024;
/** The three pools of a broker with the default configuration; its listener, and the connections of its log writers. */
const MOST_CONNECTIONS = 10 + 6 + 4 + 5;
/** How long the server may take to notice that everybody is gone. */
const QUIET_LIMIT_MS = 20_000;

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' }, clients: { type: 'string', default: '64' } } });
const [seconds, clientCount] = [Number(values.seconds), Number(values.clients)];
if (!(seconds >= 1 && seconds <= 3_600) || !(Number.isInteger(clientCount) && clientCount >= 2 && clientCount <= 1_000)) {
  console.error('--seconds must be 1 to 3600, --clients 2 to 1000');
  process.exit(2);
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
const inMb = (bytes) => `${Math.round(bytes / MB)} MB`;
const text = (counts) => Object.entries(counts).map(([name, count]) => `${name} ${count}`).join(', '); // prettier-ignore

async function runLoad(clients, book) {
  const until = performance.now() + seconds * 1_000;
  const run = async (client) => {
    while (performance.now() < until && broker.running) {
      const [, name, action] = chooseAction();
      await action(client).catch((error) => book.fail(`${name}: ${error.stack}`));
    }
  };
  await Promise.all(clients.map(run));
}

/** Samples of the broker's memory until the load is over. */
async function watchMemory(over) {
  const samples = [];
  while (!over.done && broker.running) {
    samples.push(await broker.memory());
    await delay(Math.min(1_000, (seconds * 1_000) / 40));
  }
  return samples;
}

/** Waits until nothing is running in the database and callers' sockets are gone, at most for the limit. */
async function settle(filesBefore) {
  const until = performance.now() + QUIET_LIMIT_MS;
  for (;;) {
    const connections = await broker.databaseConnections();
    const files = broker.openFiles();
    const busy = Object.entries(connections).some(([state]) => state !== 'idle');
    const sockets = files === undefined ? 0 : files - filesBefore;
    if ((!busy && sockets <= MOST_CONNECTIONS) || performance.now() > until) return { connections, files, busy, sockets };
    await delay(250);
  }
}

const broker = await SoakedBroker.start();
const complaints = [];
try {
  const setUp = new Book();
  const clients = await buildCity(broker, setUp, clientCount);
  const before = { connections: await broker.databaseConnections(), files: broker.openFiles() };
  const book = new Book();
  for (const { caller, operator } of clients) (Object.assign(caller, { book }), Object.assign(operator, { book }));
  const over = { done: false };
  const watching = watchMemory(over);
  await runLoad(clients, book);
  over.done = true;
  const samples = await watching;
  await endAllConnections();
  const after = await settle(before.files ?? 0);

  const quarter = Math.floor(samples.length / 4);
  const [early, late] = [median(samples.slice(quarter, 2 * quarter)), median(samples.slice(-quarter))];
  console.log(
    `${clientCount} clients for ${seconds} s: ${book.total} requests (${Math.round(book.total / seconds)}/s): ${text(book.classes())}`,
  );
  for (const [action, counts] of [...book.byAction].toSorted(([a], [b]) => a.localeCompare(b))) {
    console.log(`  ${action.padEnd(18)} ${text(Object.fromEntries(counts)).padEnd(30)} ${book.speed(action)}`);
  }
  console.log(`answered at once: ${book.speed()}`);
  console.log(
    `memory: second quarter ${inMb(early)}, last quarter ${inMb(late)}, most ${inMb(Math.max(...samples))} (${samples.length} samples)`,
  );
  console.log(`database connections: before ${text(before.connections)}; after ${text(after.connections)}`);
  console.log(`open files: before ${before.files ?? 'unknown'}, after ${after.files ?? 'unknown'}`);

  if (!broker.running) complaints.push('the server ended by itself');
  if (book.failed > 0) complaints.push(`${book.failed} requests failed:\n  ${book.failures.join('\n  ')}`);
  if (late > early * 1.3 + 50 * MB) complaints.push(`memory grew from ${inMb(early)} to ${inMb(late)}`);
  const connections = Object.values(after.connections).reduce((sum, count) => sum + count, 0);
  if (after.busy || connections > MOST_CONNECTIONS) complaints.push(`database connections are left behind: ${text(after.connections)}`);
  if (after.sockets > MOST_CONNECTIONS) complaints.push(`${after.sockets} files or sockets are left behind`);
  const code = await broker.stop();
  if (code !== 0) complaints.push(`the server ended with ${code}`);
} catch (error) {
  complaints.push(error.stack);
  await broker.stop();
}
if (complaints.length > 0) console.log(`\nFAILED\n${complaints.join('\n')}\nlast lines of the server's log:\n${broker.log}`);
else console.log('\nno failure, no growth, nothing left behind');
process.exit(complaints.length > 0 ? 1 : 0);
