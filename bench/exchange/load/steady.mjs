import { setTimeout as delay } from 'node:timers/promises';
import { rateWithin } from './window.mjs';

const DRAIN_LIMIT_MS = 60_000;

/**
 * Callers and a consumer side by side for long, at most `outstanding` messages under way: messages settled by the second, window by window.
 * @param {import('./loads.mjs').Queue} queue
 * @returns {Promise<{ rates: number[], sent: number, handled: number }>}
 */
export async function steady(queue, { callers, outstanding, warmMs, windowMs, windows }) {
  let [sent, handled, acked, over] = [0, 0, 0, false];
  const waiting = [];
  const stop = await queue.consume(
    () => (handled += 1),
    (count) => {
      acked += count;
      for (let room = Math.min(count, waiting.length); room > 0; room -= 1) waiting.shift()();
    },
  );
  const work = async () => {
    while (!over) {
      if (sent - acked >= outstanding) await new Promise((resolve) => waiting.push(resolve));
      if (over) return;
      sent += 1;
      await queue.send(sent);
    }
  };
  const calling = Promise.all(Array.from({ length: callers }, work));
  await Promise.race([delay(warmMs), calling]);
  const rates = [];
  for (let window = 0; window < windows; window += 1) {
    rates.push(await rateWithin(() => acked, windowMs, calling));
  }
  over = true;
  for (const resolve of waiting.splice(0)) resolve();
  await calling;
  for (const until = performance.now() + DRAIN_LIMIT_MS; acked < sent && performance.now() < until;) await delay(5);
  await stop();
  if (acked < sent) throw new Error(`of ${sent} messages ${acked} were settled`);
  return { rates, sent, handled };
}
