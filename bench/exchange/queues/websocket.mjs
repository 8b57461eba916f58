// The broker by WebSocket: one session publishes, another receives and settles. Credit in both directions, as the protocol asks.
import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { WebSocket } from 'ws';
import { endToEnd } from '../load/loads.mjs';
import { messageWriter, numberIn } from '../load/payload.mjs';

const SUBPROTOCOL = 'twinfed.exchange.v1';
const WINDOW = 256;
/** Deliveries after which those so far are settled, and as many more asked for. */
const SETTLED_AT_ONCE = WINDOW / 4;
/** How long deliveries that are fewer may wait for it, in milliseconds. */
const SETTLE_MS = 25;

/** One session: opened when the broker has said welcome. */
async function session({ url, token }, onFrame) {
  let connection;
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/exchange`, SUBPROTOCOL, {
    headers: { authorization: `Bearer ${token}` },
    createConnection: ({ host, port }) => (connection = connect({ host, port, noDelay: true })),
  });
  const welcome = await new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('message', (data) => resolve(JSON.parse(data.toString())));
  });
  socket.on('message', (data) => onFrame(data.toString()));
  let isHeld = false;
  const release = () => {
    isHeld = false;
    connection.uncork();
  };
  return {
    socket,
    welcome,
    /** What is sent in one turn leaves in one write, as with the clients of the other brokers. */
    send: (text) => {
      if (!isHeld) {
        isHeld = true;
        connection.cork();
        setImmediate(release);
      }
      socket.send(text);
    },
  };
}

/** Publishes within the credit that the broker gives. */
async function publisher(broker, write) {
  const run = randomUUID();
  const waiting = [];
  const answers = new Map();
  let [messages, bytes] = [0, 0];
  const { socket, welcome, send } = await session(broker, (text) => {
    const frame = JSON.parse(text);
    if (frame.op === 'credit') grant(frame);
    if (frame.op !== 'published') return;
    const { resolve, reject } = answers.get(frame.n) ?? {};
    answers.delete(frame.n);
    if (frame.problem === undefined) resolve?.();
    else reject?.(new Error(`refused: ${JSON.stringify(frame.problem)}`));
  });
  const flush = () => {
    while (waiting.length > 0 && messages > 0 && bytes >= waiting[0].size) {
      const { n, text, size } = waiting.shift();
      messages -= 1;
      bytes -= size;
      send(`{"op":"publish","n":${n},"message":${text}}`);
    }
  };
  function grant(credit) {
    messages += credit.messages;
    bytes += credit.bytes;
    flush();
  }
  let number = 0;
  grant(welcome);
  return {
    send: (n) =>
      new Promise((resolve, reject) => {
        const text = write(`${run}-${(number += 1)}`, n);
        answers.set(number, { resolve, reject });
        waiting.push({ n: number, text, size: Buffer.byteLength(text) });
        flush();
      }),
    close: () => socket.close(),
  };
}

/** @param {{ broker: { url: string, token: string }, sender: string, receiver: string }} options */
export async function open({ broker, sender, receiver }) {
  const publishing = await publisher(broker, messageWriter(sender, receiver));
  const consume = async (handled, acked) => {
    let [last, settled, upToNow] = [0, 0, 0];
    let over;
    const { socket, send } = await session(broker, (text) => {
      if (text.startsWith('{"op":"delivery"')) {
        last = Number(/"n":(\d+)/.exec(text.slice(0, 400))?.[1]);
        handled(numberIn(text, text.indexOf('"payload":')));
        if ((settled += 1) >= SETTLED_AT_ONCE) settle();
        return;
      }
      const frame = JSON.parse(text);
      if (frame.op === 'settled') {
        acked(frame.upTo - upToNow);
        upToNow = frame.upTo;
      }
    });
    const settle = () => {
      if (settled === 0) return;
      send(JSON.stringify({ op: 'ack', inbox: receiver, upTo: last, credit: settled }));
      settled = 0;
    };
    send(JSON.stringify({ op: 'receive', inbox: receiver, credit: WINDOW }));
    // What came since the last settlement is settled too when nothing more comes.
    const timer = setInterval(settle, SETTLE_MS);
    return async () => {
      clearInterval(timer);
      over = new Promise((resolve) => socket.once('close', resolve));
      socket.close();
      await over;
    };
  };
  return {
    endToEnd: (terms) => endToEnd({ send: publishing.send, consume }, terms),
    close: async () => publishing.close(),
  };
}
