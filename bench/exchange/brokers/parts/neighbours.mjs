// What is measured beside one inbox: dead receivers, backlogs, idle readers, subscribers.
import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BulkLog } from '../../broker/bulk-log.mjs';
import { twinPath } from '../../broker/network.mjs';
import { must } from '../../broker/running-broker.mjs';
import { consumeInbox, queueBetween } from '../../broker/services.mjs';
import { RECEIVER, SENDER, SHELF } from '../../broker/twins.mjs';
import { payloadText } from '../../load/payload.mjs';

const WORK = 1_000;
/** Between ten readers and the next ten. */
const ARRIVAL_MS = 10;

/** Statements that the broker sends, whichever part of it. Its own `pg` is asked: the benchmark has another one, of its peers. */
function countStatements(dist) {
  const count = { value: 0 };
  const { Client } = createRequire(join(dist, 'src', 'main.js'))('pg');
  const { query } = Client.prototype;
  Client.prototype.query = function (...args) {
    count.value += 1;
    return query.apply(this, args);
  };
  return count;
}

export function neighbours(broker, services, { dist, token }) {
  let counted;
  let bulk;
  let resting = async () => undefined;
  const statements = () => (counted ??= countStatements(dist)).value;
  const log = async () => (bulk ??= await BulkLog.after(services, SENDER, SHELF));

  return {
    statements,
    fill: async ({ channels, count, lane }) => (await log()).fill(channels, count, { lane }),

    /** Receivers that get messages and settle none: every other one claims, so that its leases run out. */
    startDead: async ({ channels, perSecond, leaseMs }) => {
      const dead = await log();
      const ending = new AbortController();
      const { signal } = ending;
      setMaxListeners(0, signal);
      const claiming = channels
        .filter((_, index) => index % 2 === 0)
        .map(async (channel, index, claimants) => {
          // They have nothing to do with one another, so their leases don't run out all at once.
          await delay((leaseMs * index) / claimants.length);
          while (!signal.aborted)
            await services.claims.claim(channel, { claimId: randomUUID(), max: 100, waitMs: leaseMs, leaseMs }, signal);
        });
      const sending = (async () => {
        for (let n = 0; !signal.aborted; n += 1) {
          await dead.append(channels[n % channels.length]);
          await delay(1_000 / perSecond);
        }
      })();
      resting = async () => {
        ending.abort();
        await Promise.all([...claiming, sending]);
      };
    },

    /** Readers that wait for messages which never come; they come one after the other, as readers do. */
    startIdle: async ({ channels }) => {
      const ending = new AbortController();
      const { signal } = ending;
      setMaxListeners(0, signal);
      const request = { max: 10, waitMs: 60_000, leaseMs: 30_000 };
      const wait = async (channel) => {
        while (!signal.aborted) await services.claims.claim(channel, { ...request, claimId: randomUUID() }, signal).catch(() => delay(100));
      };
      const waiting = [];
      for (const [index, channel] of channels.entries()) {
        waiting.push(wait(channel));
        if (index % 10 === 9) await delay(ARRIVAL_MS);
      }
      resting = async () => {
        ending.abort();
        await Promise.all(waiting);
      };
    },

    /** Ends what was started last. */
    rest: async () => {
      await resting();
      resting = async () => undefined;
    },

    /** So many messages a second in ten batches, to a receiver that settles them; statements by the second meanwhile. */
    busy: async ({ perSecond, ms }) => {
      const queue = queueBetween(services, SENDER, RECEIVER);
      let acked = 0;
      const stop = await queue.consume(
        () => undefined,
        (count) => (acked += count),
      );
      const [started, before] = [performance.now(), statements()];
      let n = 0;
      while (performance.now() - started < ms) {
        const batch = Array.from({ length: perSecond / 10 }, () => queue.send((n += 1)));
        await Promise.all([...batch, delay(100)]);
      }
      const rate = ((statements() - before) * 1_000) / (performance.now() - started);
      await stop();
      return { statements: rate, sent: n, acked };
    },

    /** Sends, claims and settles a thousand messages, and waits a little. */
    work: async ({ settleMs }) => {
      const queue = queueBetween(services, SENDER, RECEIVER);
      let claimed = 0;
      const stop = consumeInbox(services, RECEIVER, { max: 100, consumers: 1, claimed: (deliveries) => (claimed += deliveries.length) });
      for (let n = 0; n < WORK; n += 50) await Promise.all(Array.from({ length: 50 }, (_, index) => queue.send(n + index)));
      while (claimed < WORK) await delay(10);
      await stop();
      await delay(settleMs);
    },

    /** One subscription, made as everybody makes one. */
    subscribe: () =>
      must(broker.url, token, 'PUT', `${twinPath(RECEIVER)}/subscriptions/bench`, {
        objectType: 'data',
        objectId: 'flow',
        provider: SENDER,
      }),
    payloadBytes: () => ({ payload: Buffer.byteLength(payloadText(0)) }),
    publish: () => {
      const header = `"version":"1.0","messageType":"NOTIFICATION","sender":{"id":"${SENDER}","role":"DT"}`;
      return services.accept(
        `{"header":{${header}},"data":{"action":"NOTIFY","object":{"type":"data","id":"flow"},"payload":${payloadText(0)}}}`,
      );
    },
  };
}
