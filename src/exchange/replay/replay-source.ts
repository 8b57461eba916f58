import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { Envelope } from '../../vocabulary/envelope.js';
import { MARK_REPLAYED_SQL, NEXT_DEAD_SQL } from '../dead-letter/dead-letter.queries.js';
import type { DeadLetter } from '../dead-letter/dead-letter.service.js';
import { filterParameters, isMeant } from '../dead-letter/letter-filter.js';
import { LogReader } from '../log/log-reader.js';
import { comparePositions, KIND_NUMBERS, type LogRow, type Position, TRAITS } from '../log/log-row.js';
import type { PastMessage } from './redelivery.js';
import type { ReplayJob, ReplayPlace } from './replay-job.js';

/** What comes next in a source; without a message it is not meant, and only looked at. */
export interface SourceStep {
  position: Position;
  message?: PastMessage;
}

/** Reads what is to be replayed, in the order of its positions. */
@Injectable()
export class ReplaySources {
  constructor(
    private readonly database: Database,
    private readonly reader: LogReader,
  ) {}

  /** The next steps after a place, at most `limit`; none when the place has reached its end. */
  async next(job: ReplayJob, place: ReplayPlace, limit: number): Promise<SourceStep[]> {
    if (job.source === 'dead-letters') {
      const parameters = [job.receiver, place.at, limit, ...filterParameters(job.terms.filter), place.end];
      const letters = await this.database.query<DeadLetter>(NEXT_DEAD_SQL, parameters);
      return letters.map((letter) => ({ position: letter.position, message: ofLetter(letter) }));
    }
    const [rows = []] = await this.reader.after([{ channel: job.channel, lane: place.lane, after: place.at }], limit);
    return rows
      .filter(({ position }) => comparePositions(position, place.end) <= 0)
      .map((row) => (isMeant(job.terms.filter, filterable(row)) ? { position: row.position, message: ofRow(row) } : row));
  }

  /** Notes that dead letters were delivered again. */
  async done(job: Pick<ReplayJob, 'receiver' | 'source'>, positions: readonly Position[]): Promise<void> {
    if (job.source === 'dead-letters' && positions.length > 0) await this.database.query(MARK_REPLAYED_SQL, [job.receiver, positions]);
  }
}

/** A dead letter as a message of the past. */
export function ofLetter(letter: DeadLetter): PastMessage {
  const { position, lane, kind, sender, awaited, envelope, payload } = letter;
  return {
    channel: letter.channel ?? letter.receiver,
    position,
    lane,
    kind,
    sender,
    orderingKey: letter.orderingKey ?? sender,
    awaited,
    replayed: false,
    envelope,
    payload,
  };
}

function ofRow(row: LogRow): PastMessage {
  const { channel, position, lane, kind, sender, orderingKey, envelope, payload } = row;
  const awaited = kind === KIND_NUMBERS.REQUEST && row.requestSegment !== null;
  return { channel, position, lane, kind, sender, orderingKey, awaited, replayed: (row.traits & TRAITS.replayed) !== 0, envelope, payload };
}

function filterable(row: LogRow): Parameters<typeof isMeant>[1] {
  const { sender, lane, kind, acceptedAt, envelope } = row;
  const { action, object } = (JSON.parse(envelope) as Envelope).data;
  return { sender, lane, kind, action, objectType: object.type, objectId: object.id ?? null, at: acceptedAt };
}
