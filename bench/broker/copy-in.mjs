import { once } from 'node:events';

/** Tables that a registration writes and discovery reads, with what makes a row one of the twins from $1 to below $2. */
const TABLES = [
  { name: 'twin', key: 'id' },
  { name: 'twin_lease', key: 'twin_id' },
  { name: 'twin_search', key: 'twin_id' },
];
const SCHEMA = 'bench_copy';

/** COPY … TO STDOUT as a query of pg: hands every chunk to `take`. */
class CopyOut {
  constructor(text, take) {
    this.text = text;
    this.take = take;
    this.done = new Promise((resolve, reject) => Object.assign(this, { resolve, reject }));
  }

  submit(connection) {
    connection.query(this.text);
  }

  handleCopyData(message) {
    this.take(message.chunk);
  }

  handleError(error) {
    this.reject(error);
  }

  handleCommandComplete() {
    return undefined;
  }

  handleReadyForQuery() {
    this.resolve();
  }
}

/** COPY … FROM STDIN as a query of pg: sends the chunks, no faster than the server takes them. */
class CopyIn {
  constructor(text, chunks) {
    this.text = text;
    this.chunks = chunks;
    this.done = new Promise((resolve, reject) => Object.assign(this, { resolve, reject }));
  }

  submit(connection) {
    connection.query(this.text);
  }

  handleCopyInResponse(connection) {
    this.#send(connection).catch((error) => connection.sendCopyFail(error.message));
  }

  handleError(error) {
    this.reject(error);
  }

  handleCommandComplete() {
    return undefined;
  }

  handleReadyForQuery() {
    this.resolve();
  }

  async #send(connection) {
    for (const chunk of this.chunks) {
      connection.sendCopyFromChunk(chunk);
      if (connection.stream.writableNeedDrain) await once(connection.stream, 'drain');
    }
    connection.endCopyFrom();
  }
}

async function run(client, copy) {
  client.query(copy);
  await copy.done;
}

/**
 * What the same rows cost when they come ready made: twins of the registry are copied out, and in again into empty tables of the same form with the same
 * indexes, which grow as the registry does. Only the copying in is timed.
 */
export class CopyBaseline {
  #client;

  constructor(client) {
    this.#client = client;
  }

  async prepare() {
    await this.#client.query(`DROP SCHEMA IF EXISTS ${SCHEMA} CASCADE; CREATE SCHEMA ${SCHEMA}`);
    for (const { name } of TABLES) await this.#client.query(`CREATE TABLE ${SCHEMA}.${name} (LIKE public.${name} INCLUDING ALL)`);
  }

  /** Seconds that COPY takes for the twins with ids from `from` to below `to`, a slice after the other so that memory stays bounded. */
  async load(from, to, slice = 50_000, idOf) {
    let milliseconds = 0;
    for (let start = from; start < to; start += slice) {
      const range = `BETWEEN '${idOf(start)}' AND '${idOf(Math.min(to, start + slice) - 1)}'`;
      for (const { name, key } of TABLES) {
        const chunks = [];
        await run(
          this.#client,
          new CopyOut(`COPY (SELECT * FROM public.${name} WHERE ${key} ${range} ORDER BY ${key}) TO STDOUT`, (chunk) =>
            chunks.push(Buffer.from(chunk)),
          ),
        );
        const pieces = [];
        // Larger pieces: a message for each row would cost the client more than the server.
        for (let index = 0; index < chunks.length; index += 500) pieces.push(Buffer.concat(chunks.slice(index, index + 500)));
        const started = performance.now();
        await run(this.#client, new CopyIn(`COPY ${SCHEMA}.${name} FROM STDIN`, pieces));
        milliseconds += performance.now() - started;
      }
    }
    return milliseconds / 1_000;
  }

  async drop() {
    await this.#client.query(`DROP SCHEMA IF EXISTS ${SCHEMA} CASCADE`);
  }
}
