import { Injectable } from '@nestjs/common';
import { Database } from '../../../database/database.js';
import { type Source, sourcedRow } from '../../inbox/source.js';
import { LogReader } from '../../log/log-reader.js';
import { comparePositions, type Position } from '../../log/log-row.js';
import { FilterCheck } from './filter-check.js';

/** The next messages of a stream without what they say. Rides message_log_pkey, segments before the position are pruned. No lock. */
const LOOK_SQL = `
  SELECT position, ordering_key AS key FROM message_log
   WHERE channel = $1 AND lane = $2 AND position > $3 ORDER BY position LIMIT $4`;

/** The waiting messages of a subscriber that is behind. */
export interface Backlog {
  /** The last of them. */
  end: Position;
  /** The latest of each ordering key. */
  latest: ReadonlySet<Position>;
  /** Up to there all are older ones. */
  skipTo?: Position;
  /** How many lie up to `skipTo`. */
  skipped: number;
}

interface Waiting {
  position: Position;
  key: string;
}

/** Waiting messages looked at at once: of so many the latest of each key is found. With a filter they must be read whole, so they are fewer. */
export const BACKLOG_LOOK = 10_000;
export const FILTERED_BACKLOG_LOOK = 2_000;

/** Finds what a subscriber that fell behind is still told when it wants only the latest of each ordering key. */
@Injectable()
export class Backlogs {
  constructor(
    private readonly database: Database,
    private readonly reader: LogReader,
    private readonly filters: FilterCheck,
  ) {}

  /**
   * The backlog after a position, if the subscriber is behind: more wait than its terms allow, or it was behind and has not come to the end (`since`) of
   * what waited then.
   */
  async look(source: Source, after: Position, threshold: number, since: Position | undefined): Promise<Backlog | undefined> {
    const { rows } = await this.database.hot.query<Waiting>({
      name: 'look-at-backlog',
      text: LOOK_SQL,
      values: [source.channel, source.lane, after, BACKLOG_LOOK],
    });
    const waiting =
      rows.length > threshold ? rows : rows.filter(({ position }) => since !== undefined && comparePositions(position, since) <= 0);
    return waiting.length === 0 ? undefined : this.backlogOf(source, after, waiting);
  }

  private async backlogOf(source: Source, after: Position, waiting: readonly Waiting[]): Promise<Backlog | undefined> {
    const considered = source.terms?.isFiltered === true ? waiting.slice(0, FILTERED_BACKLOG_LOOK) : waiting;
    const end = considered.at(-1)?.position;
    if (end === undefined) return undefined;
    const told = source.terms?.isFiltered === true ? await this.matching(source, after, considered) : considered;
    const latest = new Set(new Map(told.map(({ key, position }) => [key, position])).values());
    const first = considered.findIndex(({ position }) => latest.has(position));
    const skipped = first === -1 ? considered.length : first;
    const skipTo = considered[skipped - 1]?.position;
    return { end, latest, skipped, ...(skipTo === undefined ? {} : { skipTo }) };
  }

  /** Of the waiting messages those that the filter lets through. */
  private async matching(source: Source, after: Position, waiting: readonly Waiting[]): Promise<readonly Waiting[]> {
    const [rows = []] = await this.reader.after([{ channel: source.channel, lane: source.lane, after }], waiting.length);
    const matching = rows.filter((row) => this.filters.outcome(sourcedRow(source, row)) === 'match').map(({ position }) => position);
    const set = new Set(matching);
    return waiting.filter(({ position }) => set.has(position));
  }
}
