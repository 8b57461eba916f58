// What the broker stores messages with can be exchanged while it runs: nothing else differs then.
import { insertEach } from './storage/insert-each.mjs';
import { stub } from './storage/stubbed.mjs';
import { typeormSave } from './storage/typeorm-save.mjs';

const STORAGES = { durable: async () => async () => undefined, stubbed: stub, insert: insertEach, typeorm: typeormSave };

export async function storages(broker, url) {
  const parts = {
    url,
    load: broker.load,
    database: await broker.get('database/database.js', 'Database'),
    writer: await broker.get('exchange/log/log-writer.js', 'LogWriter'),
    tail: await broker.get('exchange/log/log-tail.js', 'LogTail'),
    wakeups: await broker.get('exchange/log/wakeups.js', 'Wakeups'),
  };
  let restore = async () => undefined;
  return {
    store: async (name) => {
      await restore();
      restore = await STORAGES[name](parts);
    },
    /** Puts the product's own back. */
    restore: () => restore(),
  };
}
