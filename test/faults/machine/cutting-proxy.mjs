import { connect, createServer } from 'node:net';

/** A TCP proxy that cuts every connection when told, in the middle of whatever goes on. */
export class CuttingProxy {
  #server;
  #pairs = new Set();
  /** Cuts as soon as the server answers next, so that the answer (to a COMMIT, say) is lost. */
  #cutOnAnswer = false;
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
    const pair = { client, server };
    this.#pairs.add(pair);
    const end = () => {
      client.destroy();
      server.destroy();
      this.#pairs.delete(pair);
    };
    for (const socket of [client, server]) socket.on('error', end).on('close', end);
    client.pipe(server);
    server.on('data', (data) => {
      if (this.#cutOnAnswer) {
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

  async close() {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
