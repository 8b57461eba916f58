import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { Transaction } from '../../database/unit-of-work.js';
import type { TwinId } from '../../kernel/ids.js';
import type { Position } from '../log/log-row.js';
import type { ReplayCounts, ReplayJob, ReplayPlace, ReplayState, ReplayTerms } from './replay-job.js';
import {
  CANCEL_SQL,
  CREATE_SQL,
  ENDS_SQL,
  FIND_SQL,
  FORGET_SQL,
  LIST_SQL,
  PROGRESS_SQL,
  RUNNING_SQL,
  SPAN_SQL,
  TAKE_SQL,
} from './replay.queries.js';

/** A job before anything was done for it. */
export type NewReplay = Pick<ReplayJob, 'id' | 'receiver' | 'source' | 'channel' | 'terms' | 'rate' | 'places' | 'counts' | 'createdBy'>;

type Stored = Omit<ReplayJob, 'terms' | 'places' | 'counts'> & { terms: string; places: string; counts: string };

const PARSED_TIMES = ['from', 'to'] as const;

/** All persistence of replay jobs. */
@Injectable()
export class ReplayRepository {
  constructor(private readonly database: Database) {}

  async create(tx: Transaction, job: NewReplay): Promise<ReplayJob> {
    const [row] = await tx.query<Stored>(CREATE_SQL, [
      job.id,
      job.receiver,
      job.source,
      job.channel,
      JSON.stringify(job.terms),
      job.rate,
      JSON.stringify(job.places),
      JSON.stringify(job.counts),
      job.createdBy,
    ]);
    if (row === undefined) throw new Error('a replay was not stored');
    return parsed(row);
  }

  async find(id: string): Promise<ReplayJob | undefined> {
    const [row] = await this.database.query<Stored>(FIND_SQL, [id]);
    return row === undefined ? undefined : parsed(row);
  }

  /** A job, if there is one; until the transaction ends, nobody else makes one of this id. */
  async lock(tx: Transaction, id: string): Promise<ReplayJob | undefined> {
    await tx.query('SELECT pg_advisory_xact_lock(7226, hashtext($1))', [id]);
    const [row] = await tx.query<Stored>(FIND_SQL, [id]);
    return row === undefined ? undefined : parsed(row);
  }

  async list(receiver: TwinId, limit: number): Promise<ReplayJob[]> {
    return (await this.database.query<Stored>(LIST_SQL, [receiver, limit])).map(parsed);
  }

  async countRunning(tx: Transaction, receiver: TwinId): Promise<number> {
    const [row] = await tx.query<{ count: number }>(RUNNING_SQL, [receiver]);
    return row?.count ?? 0;
  }

  /** Jobs that this broker carries on from now for 5 seconds. */
  async take(broker: string, limit: number): Promise<ReplayJob[]> {
    return (await this.database.query<Stored>(TAKE_SQL, [broker, limit])).map(parsed);
  }

  /** Stores progress; false when the job is another broker's by now, or ended. */
  async store(
    job: Pick<ReplayJob, 'id' | 'fence'>,
    progress: { places: ReplayPlace[]; counts: ReplayCounts; state: ReplayState; failure?: string },
  ): Promise<boolean> {
    const { places, counts, state, failure } = progress;
    const parameters = [job.id, job.fence, JSON.stringify(places), JSON.stringify(counts), state, failure ?? null];
    return (await this.database.query(PROGRESS_SQL, parameters)).length > 0;
  }

  /** Cancels a job that runs; false when it does not run any more. */
  async cancel(tx: Transaction, id: string): Promise<boolean> {
    return (await tx.query(CANCEL_SQL, [id])).length > 0;
  }

  /** Forgets jobs that ended so many seconds ago. */
  async forget(seconds: number): Promise<void> {
    await this.database.query(FORGET_SQL, [seconds]);
  }

  /** The newest position of each of these lanes of a channel. */
  async ends(channel: string, lanes: readonly number[]): Promise<{ lane: number; position: Position }[]> {
    return this.database.query(ENDS_SQL, [channel, lanes]);
  }

  /** The log segments that may hold what was accepted between two moments. */
  async span(from: Date, to: Date): Promise<{ first: number; last: number }> {
    const [span] = await this.database.query<{ first: number; last: number }>(SPAN_SQL, [from, to]);
    return span ?? { first: 0, last: 0 };
  }
}

function parsed(row: Stored): ReplayJob {
  const terms = JSON.parse(row.terms) as ReplayTerms;
  for (const time of PARSED_TIMES) {
    const text: unknown = terms.filter[time];
    if (typeof text === 'string') terms.filter[time] = new Date(text);
  }
  return { ...row, terms, places: JSON.parse(row.places) as ReplayPlace[], counts: JSON.parse(row.counts) as ReplayCounts };
}
