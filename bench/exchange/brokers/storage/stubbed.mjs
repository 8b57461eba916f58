// The same server with only the SQL of the message path stubbed: statements that append and read the log are answered from memory, all else is the product.
import { drawPositions, openSegment } from './positions.mjs';

const KEPT = 1_000;

/** A log in memory that answers the product's own statements. */
class MemoryLog {
  #rows = new Map();
  #handedIn = new Map();
  #columns;

  constructor(position, segment) {
    this.position = position;
    this.segment = segment;
  }

  /** The row behind an append is remembered, so that the statement need not be taken apart. */
  handIn(row) {
    this.#handedIn.set(`${row.sender}\n${row.messageId}`, row);
  }

  append(values) {
    this.#columns ??= this.#findColumns(values);
    const [senders, ids] = this.#columns.map((column) => values[column]);
    const acceptedAt = new Date();
    return ids.map((id, index) => {
      const key = `${senders[index]}\n${id}`;
      const row = this.#handedIn.get(key);
      this.#handedIn.delete(key);
      const position = this.position();
      this.#keep({
        ...row,
        position,
        requestSegment: null,
        acceptedAt,
        expiresAt: new Date(acceptedAt.getTime() + row.ttlMs),
        expired: false,
        notBefore: null,
      });
      return { ord: index + 1, outcome: 'accepted', position, accepted_at: acceptedAt, acceptedAt, segment: this.segment };
    });
  }

  after([channels, lanes, afters, limit]) {
    return channels.flatMap((channel, index) => {
      const rows = this.#rows.get(`${channel}\n${lanes[index]}`) ?? [];
      const from = rows.findIndex(({ position }) => BigInt(position) > BigInt(afters[index]));
      return from === -1 ? [] : rows.slice(from, from + Number(limit)).map((row) => ({ source: index + 1, ...row }));
    });
  }

  #keep(row) {
    const key = `${row.channel}\n${row.lane}`;
    const rows = this.#rows.get(key) ?? [];
    rows.push(row);
    if (rows.length > 2 * KEPT) rows.splice(0, KEPT);
    this.#rows.set(key, rows);
  }

  /** Which parameters are the senders and the message ids, by the first row that was handed in. */
  #findColumns(values) {
    const [row] = this.#handedIn.values();
    const find = (wanted) => values.findIndex((column) => Array.isArray(column) && column.includes(wanted));
    return [find(row.sender), find(row.messageId)];
  }
}

/** Puts it in place; the function it gives takes it away. */
export async function stub({ database, writer }) {
  const log = new MemoryLog(await drawPositions(database), await openSegment(database));
  const [query, append] = [database.hot.query, writer.append];
  writer.append = (row) => {
    log.handIn(row);
    return append.call(writer, row);
  };
  database.hot.query = (statement, ...rest) => {
    // A turn of the event loop passes, as it does for an answer that comes over a socket.
    const answered = (rows) => new Promise((resolve) => setImmediate(resolve, { rows, rowCount: rows.length }));
    if (statement.name === 'append-messages') return answered(log.append(statement.values));
    if (statement.name === 'read-after') return answered(log.after(statement.values));
    return query.call(database.hot, statement, ...rest);
  };
  return async () => {
    database.hot.query = query;
    writer.append = append;
  };
}
