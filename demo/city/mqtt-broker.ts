/** The city's MQTT broker, a process of its own: whoever speaks MQTT meets there. Says where it is, and ends with the director. */
import { createServer } from 'node:net';
import { Aedes } from 'aedes';

const HOST = '127.0.0.1';

const aedes = await Aedes.createBroker();
const server = createServer((socket) => aedes.handle(socket));
await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, HOST, resolve));
const { port } = server.address() as { port: number };
process.on('disconnect', () => process.exit(0));
process.send?.({ url: `mqtt://${HOST}:${port}` });
