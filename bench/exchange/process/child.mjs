// A contender in a process of its own, told what to do over IPC: `node child.mjs MODULE`. Its loads run here, in the process of what they measure.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

// Ctrl-C reaches the whole group: the parent ends its children in order.
process.on('SIGINT', () => undefined);

const [module = ''] = process.argv.slice(2);
const { open } = await import(pathToFileURL(join(import.meta.dirname, '..', module)).href);
let contender;
let closing;

const close = () => (closing ??= Promise.resolve(contender?.close()));
const leave = () => void close().finally(() => process.exit(0));
process.on('disconnect', leave);
process.on('SIGTERM', leave);
process.on('message', ({ id, method, argument }) => {
  void (async () => {
    try {
      if (method === 'open') contender = await open(argument);
      const value = method === 'open' ? undefined : method === 'close' ? await close() : await contender[method](argument);
      process.send?.({ id, value });
    } catch (error) {
      process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  })();
});
