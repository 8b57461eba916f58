// RabbitMQ: a quorum queue, persistent messages, publisher confirms, every delivery acknowledged.
import { connect } from 'amqplib';
import { endToEnd } from '../load/loads.mjs';
import { numberIn, payloadText } from '../load/payload.mjs';

const QUEUE = 'bench';
const WINDOW = 256;

/** @param {{ address: string }} options */
export async function open({ address }) {
  const connection = await connect(address);
  connection.on('error', () => undefined);
  const channel = await connection.createConfirmChannel();
  await channel.assertQueue(QUEUE, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  const send = (n) =>
    new Promise((resolve, reject) => {
      channel.sendToQueue(QUEUE, Buffer.from(payloadText(n)), { persistent: true }, (error) => (error ? reject(error) : resolve()));
    });
  const consume = async (handled, acked) => {
    const receiving = await connection.createChannel();
    await receiving.prefetch(WINDOW);
    await receiving.consume(QUEUE, (message) => {
      if (message === null) return;
      handled(numberIn(message.content.toString('latin1', 0, 40)));
      receiving.ack(message);
      acked(1);
    });
    return () => receiving.close();
  };
  return {
    endToEnd: (terms) => endToEnd({ send, consume }, terms),
    close: () => connection.close(),
  };
}
