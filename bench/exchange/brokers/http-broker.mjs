// The broker with its HTTP face in this process, and pairs of connected twins. Its storage can be exchanged while it runs: nothing else differs then.
import { connectPairs } from '../broker/network.mjs';
import { organizationToken, startBroker } from '../broker/running-broker.mjs';
import { insertEach } from './storage/insert-each.mjs';
import { stub } from './storage/stubbed.mjs';
import { typeormSave } from './storage/typeorm-save.mjs';

const STORAGES = { durable: async () => async () => undefined, stubbed: stub, insert: insertEach, typeorm: typeormSave };

/** @param {{ dist: string, url: string, place: string, pairs: [string, string][] }} options */
export async function open(options) {
  const broker = await startBroker(options);
  const token = await organizationToken(broker.url);
  await connectPairs(broker.url, token, 'pairs', options.pairs);
  const parts = {
    url: options.url,
    load: broker.load,
    database: await broker.get('database/database.js', 'Database'),
    writer: await broker.get('exchange/log/log-writer.js', 'LogWriter'),
    tail: await broker.get('exchange/log/log-tail.js', 'LogTail'),
    wakeups: await broker.get('exchange/log/wakeups.js', 'Wakeups'),
  };
  let restore = async () => undefined;
  return {
    address: () => ({ url: broker.url, token }),
    store: async (name) => {
      await restore();
      restore = await STORAGES[name](parts);
    },
    close: async () => {
      await restore();
      await broker.stop();
    },
  };
}
