import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import { READ_STREAMS_SQL, STREAM_ENDS_SQL } from './log.queries.js';
import type { Position } from './log-row.js';

/** A stream and up to where it has been read. */
export interface StreamPlace {
  readonly channel: string;
  readonly after: Position;
}

/** What a reader of values needs of a published message. */
export interface StreamRow {
  readonly position: Position;
  readonly acceptedAt: Date;
  readonly envelope: string;
  readonly payload: string | null;
}

/** Reads thousands of streams at a time for whoever reckons with all of them: one query, past the tails that are kept for waiting readers. */
@Injectable()
export class StreamReader {
  constructor(private readonly database: Database) {}

  /** The next rows of each stream, at most `limit` a stream, in the order of the streams; all of one moment. */
  async after(streams: readonly StreamPlace[], limit: number): Promise<StreamRow[][]> {
    const found: StreamRow[][] = streams.map(() => []);
    if (streams.length === 0) return found;
    const { rows } = await this.database.hot.query<StreamRow & { source: number }>({
      name: 'read-streams',
      text: READ_STREAMS_SQL,
      values: [streams.map(({ channel }) => channel), streams.map(({ after }) => after), limit],
    });
    for (const row of rows) found[row.source - 1]?.push(row);
    return found;
  }

  /** The newest position of each stream; `'0'` of one in which nothing lies. */
  async ends(channels: readonly string[]): Promise<ReadonlyMap<string, Position>> {
    if (channels.length === 0) return new Map();
    const { rows } = await this.database.hot.query<{ channel: string; position: Position }>({
      name: 'stream-ends',
      text: STREAM_ENDS_SQL,
      values: [channels],
    });
    const ends = new Map<string, Position>(channels.map((channel) => [channel, '0']));
    for (const { channel, position } of rows) ends.set(channel, position);
    return ends;
  }
}
