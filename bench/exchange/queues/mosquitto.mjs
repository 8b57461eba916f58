// Mosquitto: MQTT 5 at QoS 1 both ways, the receiver's session kept.
import { connectAsync } from 'mqtt';
import { endToEnd } from '../load/loads.mjs';
import { numberIn, payloadText } from '../load/payload.mjs';

const TOPIC = 'bench';
const WINDOW = 256;
const SESSION_SECONDS = 3_600;

/** @param {{ address: string }} options */
export async function open({ address }) {
  const properties = { sessionExpiryInterval: SESSION_SECONDS, receiveMaximum: WINDOW };
  const [sender, receiver] = await Promise.all([
    connectAsync(address, { protocolVersion: 5, clientId: 'sender' }),
    connectAsync(address, { protocolVersion: 5, clientId: 'receiver', clean: false, properties }),
  ]);
  await receiver.subscribeAsync(TOPIC, { qos: 1 });
  const send = (n) => sender.publishAsync(TOPIC, payloadText(n), { qos: 1 });
  const consume = async (handled, acked) => {
    const take = (_topic, payload) => {
      handled(numberIn(payload.toString('latin1', 0, 40)));
      // The client acknowledges when this returns.
      acked(1);
    };
    receiver.on('message', take);
    return async () => void receiver.off('message', take);
  };
  return {
    endToEnd: (terms) => endToEnd({ send, consume }, terms),
    close: () => Promise.all([sender.endAsync(true), receiver.endAsync(true)]),
  };
}
