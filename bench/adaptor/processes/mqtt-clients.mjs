// A sender and a receiver at one MQTT broker, at QoS 1; the receiver may listen elsewhere than the sender sends.
import { connectAsync } from 'mqtt';
import { endToEnd } from '../../exchange/load/loads.mjs';
import { numberOf, valueText } from '../load/ten-properties.mjs';

const WINDOW = 256;
const SESSION_SECONDS = 3_600;

/** @param {{ address: string, sendTo: string, receiveFrom: string, topics: number }} options it sends to so many topics beneath `sendTo`, in turn */
export async function open({ address, sendTo, receiveFrom, topics }) {
  const properties = { sessionExpiryInterval: SESSION_SECONDS, receiveMaximum: WINDOW };
  const [sender, receiver] = await Promise.all([
    connectAsync(address, { protocolVersion: 5, clientId: `sender-${process.pid}` }),
    connectAsync(address, { protocolVersion: 5, clientId: `receiver-${process.pid}`, clean: false, properties }),
  ]);
  await receiver.subscribeAsync(receiveFrom, { qos: 1 });
  const send = (n) =>
    sender.publishAsync(`${sendTo}/${n % topics}`, valueText(n), {
      qos: 1,
      properties: { userProperties: { messageId: `${sendTo}-${process.pid}-${n}` } },
    });
  const run = async (terms) => {
    const consume = async (handled, acked) => {
      const seen = new Set();
      const take = (_topic, payload) => {
        const n = numberOf(payload.toString());
        handled(n);
        // What comes again is counted once.
        if (seen.has(n)) return;
        seen.add(n);
        acked(1);
      };
      receiver.on('message', take);
      return async () => void receiver.off('message', take);
    };
    return endToEnd({ send, consume }, terms);
  };
  /** The first that comes back of one message. */
  const sample = (ms) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`nothing came out of ${receiveFrom} within ${ms} ms`)), ms);
      receiver.once('message', (_topic, payload) => {
        clearTimeout(timer);
        resolve(payload.toString());
      });
      send(0).catch(reject);
    });
  return { sample, endToEnd: run, close: () => Promise.all([sender.endAsync(true), receiver.endAsync(true)]) };
}
