import { setTimeout as delay } from 'node:timers/promises';
import { percentile } from '../../measure/timing.mjs';
import { rateWithin } from './window.mjs';

const DRAIN_LIMIT_MS = 30_000;

/**
 * What every queue can do, whatever it is made of.
 * @typedef {object} Queue
 * @property {(n: number) => Promise<unknown>} send resolves once the message with this number is durable
 * @property {(handled: (n: number) => void, acked: (count: number) => void) => Promise<() => Promise<void>>} consume receives until the function it
 *   gives is called; says which messages it got, and how many are settled
 */

/** Numbers of messages are never used twice, so that what a queue brings again of an earlier turn is known to be none of this one. */
let used = 0;

/** Waits until a condition holds, for a bounded time. */
async function reached(condition, what) {
  const started = performance.now();
  while (!condition()) {
    if (performance.now() - started > DRAIN_LIMIT_MS) throw new Error(`${what} after ${DRAIN_LIMIT_MS / 1_000} s`);
    await delay(2);
  }
}

/** Callers that each send their next message when the one before is durable. */
function startCallers(queue, { callers, outstanding = Infinity }, state) {
  const work = async () => {
    while (!state.over) {
      // A queue that accepts faster than it delivers must not be measured by its backlog.
      while (!state.over && state.sent - state.acked >= outstanding) await new Promise((resolve) => state.waiting.push(resolve));
      if (state.over) return;
      state.sent += 1;
      await queue.send((used += 1));
      state.accepted += 1;
    }
  };
  return Promise.all(Array.from({ length: callers }, work));
}

/**
 * Callers and a consumer side by side: messages that were accepted, received and settled, by the second. At most `outstanding` are under way.
 * Every message has to come, once.
 * @param {Queue} queue
 */
export async function endToEnd(queue, { callers, warmMs, ms, outstanding }) {
  const state = { sent: 0, accepted: 0, acked: 0, over: false, waiting: [] };
  let handled = 0;
  const before = used;
  const seen = new Set();
  const stop = await queue.consume(
    (n) => {
      if (n <= before) return;
      handled += 1;
      seen.add(n);
    },
    (count) => {
      state.acked += count;
      for (let room = Math.min(count, state.waiting.length); room > 0; room -= 1) state.waiting.shift()();
    },
  );
  const calling = startCallers(queue, { callers, outstanding }, state);
  await Promise.race([delay(warmMs), calling]);
  const rate = await rateWithin(() => state.acked, ms, calling);
  state.over = true;
  for (const resolve of state.waiting.splice(0)) resolve();
  await calling;
  // What comes again of an earlier turn is settled too: only those that came tell whether all have.
  await reached(() => seen.size >= state.sent && state.acked >= state.sent, `of ${state.sent} messages not all were received and settled`);
  await stop();
  return { rate, sent: state.sent, redelivered: handled - seen.size };
}

/** Callers that send one message after the other, nobody receiving: messages by the second. */
export async function single(queue, { callers, warmMs, ms }) {
  const state = { sent: 0, accepted: 0, acked: 0, over: false, waiting: [] };
  const calling = startCallers(queue, { callers }, state);
  await Promise.race([delay(warmMs), calling]);
  const rate = await rateWithin(() => state.accepted, ms, calling);
  state.over = true;
  await calling;
  return { rate, sent: state.sent };
}

/** So many messages a second, sent whether or not those before have arrived: milliseconds from when each was due until it was received. */
export async function paced(queue, { perSecond, warmMs, ms }) {
  const due = [];
  const latencies = [];
  let [received, acked] = [0, 0];
  const stop = await queue.consume(
    (n) => {
      const now = performance.now();
      received += 1;
      if (n > (warmMs * perSecond) / 1_000) latencies.push(now - due[n]);
    },
    (count) => (acked += count),
  );
  const total = Math.round(((warmMs + ms) * perSecond) / 1_000);
  const started = performance.now();
  const sends = [];
  for (let n = 1; n <= total;) {
    const now = performance.now();
    for (; n <= total && started + (n * 1_000) / perSecond <= now; n += 1) {
      due[n] = started + (n * 1_000) / perSecond;
      sends.push(queue.send(n));
    }
    await delay(1);
  }
  await Promise.all(sends);
  await reached(() => acked >= total, `of ${total} messages not all were settled`);
  await stop();
  return { p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99), sent: total, received };
}
