// Callers that POST one message after the other, each to a receiver of its own that reads its inbox as a stream: messages received by the second.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { twinPath } from '../broker/network.mjs';
import { messageWriter } from '../load/payload.mjs';
import { rateWithin } from '../load/window.mjs';
import { EventSocket, HttpSocket } from './http-socket.mjs';

const ARRIVAL_LIMIT_MS = 20_000;

/** @param {{ broker: { url: string, token: string }, pairs: [string, string][] }} options */
export async function open({ broker: { url, token }, pairs }) {
  const head = `POST /v1/messages HTTP/1.1\r\nhost: ${new URL(url).host}\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\n`;
  let [sent, received] = [0, 0];
  const streams = pairs.map(([, receiver]) => new EventSocket(url, token, `${twinPath(receiver)}/inbox/stream`, (n) => (received += n)));
  await Promise.all(streams.map(({ ready }) => ready));
  const callers = pairs.map(([sender, receiver]) => ({ socket: new HttpSocket(url), write: messageWriter(sender, receiver) }));

  return {
    measure: async ({ warmMs, ms }) => {
      let over = false;
      const run = randomUUID();
      const calling = Promise.all(
        callers.map(async ({ socket, write }) => {
          while (!over) {
            const n = (sent += 1);
            const status = await socket.post(head, write(`${run}-${n}`, n));
            if (status !== 202) throw new Error(`POST was answered with ${status}`);
          }
        }),
      );
      await Promise.race([delay(warmMs), calling]);
      const rate = await rateWithin(() => received, ms, calling);
      over = true;
      await calling;
      for (const until = performance.now() + ARRIVAL_LIMIT_MS; received < sent && performance.now() < until;) await delay(5);
      if (received !== sent) throw new Error(`${sent} messages were accepted and ${received} received`);
      return { rate };
    },
    close: async () => {
      for (const { socket } of callers) socket.close();
      for (const stream of streams) stream.close();
    },
  };
}
