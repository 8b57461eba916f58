// The same server with only the SQL of the message path stubbed: the statement that appends and the one that reads on are answered from memory.
import { drawPositions, openSegment } from './positions.mjs';

const KEPT = 1_000;
const keyOf = (channel, lane) => `${lane} ${channel}`;

/** A log in memory that answers as the product's own statements do. */
class MemoryLog {
  #rows = new Map();

  constructor(position, segment) {
    this.position = position;
    this.segment = segment;
  }

  /** Answer of `append-batch`. */
  append(rows, links) {
    const acceptedAt = new Date();
    const before = links.map(({ channel, lane }) => this.#rows.get(keyOf(channel, lane))?.at(-1)?.position ?? '0');
    const positions = rows.map((row) => this.#keep(row, acceptedAt));
    const literal = (values) => `{${values.join(',')}}`;
    const ofLinks = links.length === 0 ? null : literal(before);
    return { acceptedAt, segment: this.segment, positions: literal(positions), links: ofLinks, refused: null, reasons: null };
  }

  /** Rows of `read-after`. */
  after([channels, lanes, afters, limit]) {
    return channels.flatMap((channel, index) => {
      const rows = this.#rows.get(keyOf(channel, lanes[index])) ?? [];
      const after = BigInt(afters[index]);
      // From the end, where readers are: an index would find it as fast.
      const from = rows.findLastIndex(({ position }) => BigInt(position) <= after) + 1;
      return rows.slice(from, from + Number(limit)).map((row) => ({ source: index + 1, ...row }));
    });
  }

  #keep(row, acceptedAt) {
    const position = this.position();
    const rows = this.#rows.get(keyOf(row.channel, row.lane)) ?? [];
    const expiresAt = new Date(acceptedAt.getTime() + row.ttlMs);
    rows.push({ ...row, position, requestSegment: null, acceptedAt, expiresAt, expired: false });
    if (rows.length > 2 * KEPT) rows.splice(0, KEPT);
    this.#rows.set(keyOf(row.channel, row.lane), rows);
    return position;
  }
}

/** Puts it in place; the function it gives takes it away. */
export async function stub({ database, load }) {
  const log = new MemoryLog(await drawPositions(database), await openSegment(database));
  const { AppendSession } = await load('exchange/log/append-session.js');
  const { APPEND, writeAppend } = await load('exchange/log/log.queries.js');
  const { BindWriter } = await load('database/bind-writer.js');
  const written = new BindWriter();
  const { append } = AppendSession.prototype;
  const { query } = database.hot;
  // A turn of the event loop passes, as it does for an answer that comes over a socket.
  const answered = (answer) => new Promise((resolve) => setImmediate(resolve, answer));
  AppendSession.prototype.append = function (rows, order) {
    // What is sent is made all the same: only the statement is stubbed.
    written.begin(APPEND.name, APPEND.parameters);
    writeAppend(written, rows, 1, order);
    written.end();
    return answered(log.append(rows, order.links));
  };
  database.hot.query = (statement, ...rest) => {
    if (statement.name !== 'read-after') return query.call(database.hot, statement, ...rest);
    const rows = log.after(statement.values);
    return answered({ rows, rowCount: rows.length });
  };
  return async () => {
    AppendSession.prototype.append = append;
    database.hot.query = query;
  };
}
