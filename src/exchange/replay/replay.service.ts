import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import { LogEpoch } from '../../database/log-epoch.js';
import { POSITION_BITS } from '../../database/segment-ddl.js';
import { UnitOfWork } from '../../database/unit-of-work.js';
import { ConnectionDirectory } from '../../federation/connection-directory.js';
import { parseTwinId, type TwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import { Audit } from '../../security/audit.js';
import type { Principal } from '../../security/principal.js';
import { LANES } from '../../vocabulary/codes.js';
import { LAST_DEAD_SQL } from '../dead-letter/dead-letter.queries.js';
import type { LetterFilter } from '../dead-letter/letter-filter.js';
import { decodeVector } from '../inbox/delivery.js';
import { LANE_NUMBERS, type Position, streamChannel } from '../log/log-row.js';
import { SenderAuthority } from '../message/sender-authority.js';
import type { ReplayJob, ReplayPlace } from './replay-job.js';
import { type NewReplay, ReplayRepository } from './replay.repository.js';

/** What of the log is replayed. */
export interface ReplayWish {
  /** Names the replay; asked for again, it is found. Absent: minted. */
  id?: string;
  receiver: TwinId;
  /** The inbox of this twin, default the receiver's; or a stream of a feature. */
  source?: { inbox?: string; twin?: string; feature?: string };
  /** Behind this place of the inbox (an event id or the cursor of a page), and up to this one. */
  after?: string;
  upTo?: string;
  filter?: LetterFilter;
  requests?: boolean;
  ratePerSecond?: number;
}

/** Deliveries per second of a replay that says nothing. */
export const DEFAULT_RATE = 50;
/** The most replays of one receiver that run at once. */
export const MAX_RUNNING = 5;
const SHOWN = 100;
/** Nothing else names a replay; PostgreSQL would refuse to look for some of it. */
const REPLAY_ID = /^[A-Za-z0-9._-]{1,100}$/;
const BEGINNING = new Date(0);

/** Starts, shows and cancels replays. Whoever acts for the receiver, and for the inbox that is read, may. */
@Injectable()
export class ReplayService {
  constructor(
    private readonly authority: SenderAuthority,
    private readonly jobs: ReplayRepository,
    private readonly connections: ConnectionDirectory,
    private readonly epoch: LogEpoch,
    private readonly database: Database,
    private readonly uow: UnitOfWork,
    private readonly audit: Audit,
  ) {}

  /** Starts the replay of a range of the log. @throws DomainError, InvalidCursor */
  async start(principal: Principal, wish: ReplayWish): Promise<ReplayJob> {
    const { receiver, source = {} } = wish;
    await this.authority.requireOwner(principal, receiver);
    const isStream = source.twin !== undefined && source.feature !== undefined;
    if (isStream && (wish.after !== undefined || wish.upTo !== undefined)) {
      throw new DomainError('validation-failed', 'Places are of an inbox; a stream is replayed by times.', { pointer: '/after' });
    }
    const channel = isStream
      ? await this.stream(receiver, parseTwinId(source.twin), source.feature ?? '')
      : await this.inbox(principal, receiver, source.inbox);
    const lanes = isStream ? [LANE_NUMBERS.normal] : LANES.map((lane) => LANE_NUMBERS[lane]);
    return this.create(principal, {
      ...this.blank(principal, wish),
      source: isStream ? 'stream' : 'inbox',
      channel,
      places: await this.placesOf(channel, lanes, wish),
    });
  }

  /** Starts the replay of dead letters. */
  async startDead(principal: Principal, wish: Omit<ReplayWish, 'source' | 'after' | 'upTo'>): Promise<ReplayJob> {
    const [last] = await this.database.query<{ position: Position }>(LAST_DEAD_SQL, [wish.receiver]);
    return this.create(principal, {
      ...this.blank(principal, wish),
      source: 'dead-letters',
      channel: wish.receiver,
      places: [{ lane: -1, at: '0', end: last?.position ?? '0' }],
    });
  }

  /** A replay. @throws DomainError `not-found`, also when it is another's */
  async read(principal: Principal, id: string): Promise<ReplayJob> {
    const job = REPLAY_ID.test(id) ? await this.jobs.find(id) : undefined;
    const unknown = new DomainError('not-found', `There is no replay ${id}.`);
    if (job === undefined) throw unknown;
    await this.authority.requireOwner(principal, job.receiver).catch(() => {
      throw unknown;
    });
    return job;
  }

  /** The latest replays to a receiver, newest first. */
  async list(principal: Principal, receiver: TwinId): Promise<ReplayJob[]> {
    await this.authority.requireOwner(principal, receiver);
    return this.jobs.list(receiver, SHOWN);
  }

  /** Stops a replay; what it has delivered stays delivered. Of one that ended nothing changes. @throws DomainError `not-found` */
  async cancel(principal: Principal, id: string): Promise<ReplayJob> {
    const { receiver } = await this.read(principal, id);
    await this.uow.run(async (tx) => {
      if (await this.jobs.cancel(tx, id)) this.audit.record(tx, { principal, action: 'replay.cancel', subject: receiver, detail: { id } });
    });
    return this.read(principal, id);
  }

  private blank(
    principal: Principal,
    { id, receiver, filter = {}, requests = false, ratePerSecond }: ReplayWish,
  ): Omit<NewReplay, 'source' | 'channel' | 'places'> {
    return {
      id: id ?? randomUUID(),
      receiver,
      terms: { filter, requests },
      rate: ratePerSecond ?? DEFAULT_RATE,
      counts: { read: 0, delivered: 0, skipped: {} },
      createdBy: principal.subject,
    };
  }

  private create(principal: Principal, job: NewReplay): Promise<ReplayJob> {
    return this.uow.run(async (tx) => {
      const known = await this.jobs.lock(tx, job.id);
      if (known !== undefined) {
        if (known.receiver === job.receiver && known.source === job.source) return known;
        throw new DomainError('already-exists', `There is another replay ${job.id}.`, { pointer: '/id' });
      }
      if ((await this.jobs.countRunning(tx, job.receiver)) >= MAX_RUNNING) {
        throw new DomainError('rate-limited', `${MAX_RUNNING} replays to ${job.receiver} run already.`, { retryAfterSeconds: 10 });
      }
      const { id, source, channel, terms } = job;
      const detail = { id, source, channel, terms: JSON.parse(JSON.stringify(terms)) as Record<string, unknown> };
      this.audit.record(tx, { principal, action: 'replay.start', subject: job.receiver, detail });
      return this.jobs.create(tx, job);
    });
  }

  private async inbox(principal: Principal, receiver: TwinId, inbox: string | undefined): Promise<string> {
    const from = inbox === undefined ? receiver : parseTwinId(inbox);
    if (from !== receiver) await this.authority.requireOwner(principal, from);
    return from;
  }

  /** @throws DomainError `state-conflict` when the receiver is not connected for the feature */
  private async stream(receiver: TwinId, provider: TwinId, feature: string): Promise<string> {
    const between = await this.connections.between(receiver, provider);
    const isCovered = between.some(
      ({ state, features }) =>
        state === 'CONNECTED' && features.some((each) => each.twin === provider && each.kind === 'data' && each.name === feature),
    );
    if (!isCovered) {
      throw new DomainError('state-conflict', `No open connection between ${receiver} and ${provider} covers the data ${feature}.`, {
        pointer: '/source/feature',
      });
    }
    return streamChannel('feature', provider, feature);
  }

  /** Where each lane begins and ends: never beyond what is there now. */
  private async placesOf(channel: string, lanes: readonly number[], { filter = {}, after, upTo }: ReplayWish): Promise<ReplayPlace[]> {
    const now = new Date(this.database.clock.now() + 60_000);
    const [ends, { first, last }] = await Promise.all([
      this.jobs.ends(channel, lanes),
      this.jobs.span(filter.from ?? BEGINNING, filter.to ?? now),
    ]);
    const starts = after === undefined ? {} : decodeVector(this.epoch.value, after);
    const stops = upTo === undefined ? undefined : decodeVector(this.epoch.value, upTo);
    const earliest = (BigInt(first) << POSITION_BITS) - 1n;
    const latest = (BigInt(last + 1) << POSITION_BITS) - 1n;
    return ends.map(({ lane, position }) => {
      const start = [BigInt(starts[String(lane)] ?? 0), earliest, 0n].reduce((a, b) => (a > b ? a : b));
      const stop = [BigInt(position), latest, ...(stops === undefined ? [] : [BigInt(stops[String(lane)] ?? 0)])].reduce((a, b) =>
        a < b ? a : b,
      );
      return { lane, at: start.toString(), end: stop.toString() };
    });
  }
}
