// NATS JetStream: a stream in files, publishes acknowledged by the stream, every delivery acknowledged.
import { AckPolicy, connect, RetentionPolicy, StorageType } from 'nats';
import { endToEnd } from '../load/loads.mjs';
import { numberIn, payloadText } from '../load/payload.mjs';

const NAME = 'bench';
const WINDOW = 256;
const encoder = new TextEncoder();

/** @param {{ address: string }} options */
export async function open({ address }) {
  const connection = await connect({ servers: address });
  const manager = await connection.jetstreamManager();
  await manager.streams.add({ name: NAME, subjects: [NAME], storage: StorageType.File, retention: RetentionPolicy.Workqueue });
  await manager.consumers.add(NAME, { durable_name: NAME, ack_policy: AckPolicy.Explicit, max_ack_pending: 4 * WINDOW });
  const stream = connection.jetstream();
  const send = (n) => stream.publish(NAME, encoder.encode(payloadText(n)));
  const consume = async (handled, acked) => {
    const consumer = await stream.consumers.get(NAME, NAME);
    const messages = await consumer.consume({ max_messages: WINDOW });
    const reading = (async () => {
      for await (const message of messages) {
        handled(numberIn(Buffer.from(message.data.buffer, message.data.byteOffset, 40).toString('latin1')));
        message.ack();
        acked(1);
      }
    })();
    return async () => {
      await messages.close();
      await reading;
    };
  };
  return {
    endToEnd: (terms) => endToEnd({ send, consume }, terms),
    close: () => connection.close(),
  };
}
