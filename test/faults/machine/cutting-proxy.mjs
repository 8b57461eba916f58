import { connect, createServer } from 'node:net';

/** A TCP proxy that cuts every connection when told, in the middle of whatever goes on, or keeps an answer back. */
export class CuttingProxy {
  #server;
  #pairs = new Set();
  /** Cuts as soon as the server answers next, so that the answer (to a COMMIT, say) is lost. */
  #cutOnAnswer = false;
  /** What a question has to hold for its answer to be kept back, and who is told when there is one. */
  #kept;
  port = 0;

  static async to(port) {
    const proxy = new CuttingProxy();
    proxy.#server = createServer((client) => proxy.#pair(client, port));
    await new Promise((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    proxy.port = proxy.#server.address().port;
    return proxy;
  }

  #pair(client, port) {
    const server = connect(port, '127.0.0.1');
    const pair = { client, server, held: undefined };
    this.#pairs.add(pair);
    const end = () => {
      client.destroy();
      server.destroy();
      this.#pairs.delete(pair);
    };
    for (const socket of [client, server]) socket.on('error', end).on('close', end);
    client.on('data', (data) => {
      if (this.#kept !== undefined && data.includes(this.#kept.question)) pair.held ??= [];
      server.write(data);
    });
    server.on('data', (data) => {
      if (pair.held !== undefined) {
        pair.held.push(data);
        this.#kept?.tell();
      } else if (this.#cutOnAnswer) {
        this.#cutOnAnswer = false;
        this.cut();
      } else client.write(data);
    });
  }

  /** Cuts every connection now. */
  cut() {
    for (const { client, server } of this.#pairs) {
      client.destroy();
      server.destroy();
    }
    this.#pairs.clear();
  }

  /** Lets the next answer of the server be lost with its connection, and all others. */
  cutOnNextAnswer() {
    this.#cutOnAnswer = true;
  }

  /** Keeps back what the server answers to the next question with this text; resolves when it has answered. */
  async keepAnswerTo(question) {
    await new Promise((tell) => {
      this.#kept = { question, tell };
    });
    this.#kept = undefined;
  }

  /** Lets go what was kept back. */
  release() {
    for (const pair of this.#pairs) {
      for (const data of pair.held ?? []) pair.client.write(data);
      pair.held = undefined;
    }
  }

  async close() {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
