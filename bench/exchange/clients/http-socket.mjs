import { connect } from 'node:net';

const HEAD_END = Buffer.from('\r\n\r\n');

/** A connection that asks one thing after the other and reads no more of the answer than it must: the client shares the machine with the broker. */
export class HttpSocket {
  #socket;
  #pending;
  #rest = Buffer.alloc(0);

  constructor(url) {
    const { hostname, port } = new URL(url);
    this.#socket = connect({ host: hostname, port: Number(port), noDelay: true });
    this.#socket.on('data', (chunk) => this.#take(chunk));
    this.#socket.on('error', (error) => this.#pending?.reject(error));
    this.#socket.on('close', () => this.#pending?.reject(new Error('the connection was closed')));
  }

  /** Posts a body; resolves with the status once the answer is complete. */
  post(head, body) {
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      this.#socket.write(`${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    });
  }

  close() {
    this.#pending = undefined;
    this.#socket.destroy();
  }

  #take(chunk) {
    const data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const end = data.indexOf(HEAD_END);
    const head = end === -1 ? '' : data.toString('latin1', 0, end);
    const [, length = '0'] = /content-length: (\d+)/i.exec(head) ?? [];
    if (end === -1 || data.length < end + HEAD_END.length + Number(length)) {
      this.#rest = data;
      return;
    }
    this.#rest = Buffer.alloc(0);
    const { resolve } = this.#pending;
    this.#pending = undefined;
    resolve(Number(head.slice(9, 12)));
  }
}

const EVENT = Buffer.from('event: message\n');

/** An open stream of server-sent events; says how many came. */
export class EventSocket {
  #socket;
  #tail = Buffer.alloc(0);

  /**
   * Opens the stream; `ready` resolves with its first bytes.
   * @param {(count: number) => void} arrived
   */
  constructor(url, token, path, arrived) {
    const { hostname, port, host } = new URL(url);
    this.ready = new Promise((resolve, reject) => {
      this.#socket = connect({ host: hostname, port: Number(port) }, () => {
        this.#socket.write(`GET ${path} HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${token}\r\naccept: text/event-stream\r\n\r\n`);
      });
      this.#socket.on('error', reject);
      this.#socket.once('data', (chunk) =>
        chunk.toString('latin1', 9, 12) === '200' ? resolve() : reject(new Error(`the stream was refused: ${chunk}`)),
      );
      this.#socket.on('data', (chunk) => this.#count(chunk, arrived));
    });
  }

  close() {
    this.#socket.destroy();
  }

  #count(chunk, arrived) {
    const data = this.#tail.length === 0 ? chunk : Buffer.concat([this.#tail, chunk]);
    let count = 0;
    let from = 0;
    for (let at = data.indexOf(EVENT); at !== -1; at = data.indexOf(EVENT, from)) {
      count += 1;
      from = at + EVENT.length;
    }
    // What may be the beginning of the next event, but never what was counted.
    this.#tail = Buffer.from(data.subarray(Math.max(from, data.length - EVENT.length + 1)));
    if (count > 0) arrived(count);
  }
}
