import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { Transaction } from '../../database/unit-of-work.js';
import type { TwinId } from '../../kernel/ids.js';
import type { RegistryEventFilter } from '../../registry/feed/registry-event.js';
import type { Position } from '../log/log-row.js';
import type { TermsEpoch } from './terms/subscription-terms.js';

/** A twin's standing wish to read a stream. */
export interface Subscription {
  id: string;
  subscriber: TwinId;
  provider: string;
  objectType: string;
  objectId: string;
  channel: string;
  /** Urgency with which the subscriber reads the stream. */
  lane: number;
  /** The stream's end when the subscription was made: it begins after that. */
  startPosition: Position;
  connectionId: string | null;
  createdAt: Date;
  expiresAt: Date | null;
  /** Of a subscription to the registry as a whole: which changes it asks for. */
  filter: RegistryEventFilter | null;
  /** Of data: what it asks of the messages, and since which position; null when it never asked for anything. */
  terms: TermsEpoch[] | null;
  /** Of one that asked for the last value: where it lies. */
  lastValuePosition: Position | null;
}

/** A subscription about to be made. */
export type NewSubscription = Omit<Subscription, 'createdAt'>;

const COLUMNS = `id, subscriber, provider, object_type AS "objectType", object_id AS "objectId", channel, lane,
  start_position AS "startPosition", connection_id AS "connectionId", created_at AS "createdAt", expires_at AS "expiresAt", filter, terms,
  last_value_position AS "lastValuePosition"`;

/** Open ones of a subscriber. Rides subscription_pkey. */
const LIST_SQL = `SELECT ${COLUMNS} FROM subscription
  WHERE subscriber = $1 AND (expires_at IS NULL OR expires_at > clock_timestamp()) ORDER BY created_at, id`;

/** One subscription per subscriber and stream: a repeat keeps the first, with its place. Rides subscription_one_per_channel. */
const INSERT_SQL = `
  INSERT INTO subscription (subscriber, id, provider, object_type, object_id, channel, lane, start_position, connection_id, created_at, expires_at, filter, terms,
                            last_value_position)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, clock_timestamp(), $10, $11::jsonb, $12::jsonb, $13)
  ON CONFLICT (subscriber, channel) DO UPDATE SET lane = excluded.lane, expires_at = excluded.expires_at, connection_id = excluded.connection_id
  RETURNING ${COLUMNS}, (xmax = 0) AS created`;

/** The end of a stream. Rides message_log_pkey backwards. */
const END_SQL = 'SELECT position FROM message_log WHERE channel = $1 AND lane = 1 ORDER BY position DESC LIMIT 1';

/** Rides subscription_pkey; locks the row, so that of two changes the second sees the first. */
const LOCK_SQL = `SELECT ${COLUMNS} FROM subscription
  WHERE subscriber = $1 AND id = $2 AND (expires_at IS NULL OR expires_at > clock_timestamp()) FOR UPDATE`;
/** Rides subscription_pkey. */
const CHANGE_SQL = `UPDATE subscription SET lane = $3, expires_at = $4, terms = $5::jsonb WHERE subscriber = $1 AND id = $2 RETURNING ${COLUMNS}`;

const DELETE_SQL = `DELETE FROM subscription WHERE subscriber = $1 AND id = $2 RETURNING ${COLUMNS}`;
const DELETE_BY_CHANNEL_SQL = `DELETE FROM subscription WHERE subscriber = $1 AND channel = $2 RETURNING ${COLUMNS}`;
/** Rides subscription_channel. */
const READ_CHANNELS_SQL = 'SELECT DISTINCT channel FROM subscription WHERE channel = ANY ($1::text[])';
/** Rides subscription_channel. */
const ON_CHANNEL_SQL = `SELECT ${COLUMNS} FROM subscription WHERE channel = $1`;
/** Rides subscription_status_idx. */
const COUNT_SQL = `SELECT count(*)::integer AS all, count(filter)::integer AS filtered FROM subscription WHERE object_type <> 'data'`;
/** Rides subscription_status_idx. */
const FILTERED_SQL = `SELECT ${COLUMNS} FROM subscription
  WHERE object_type <> 'data' AND filter IS NOT NULL AND (expires_at IS NULL OR expires_at > clock_timestamp())`;
const DELETE_OF_CONNECTION_SQL = `DELETE FROM subscription WHERE connection_id = $1 RETURNING ${COLUMNS}`;

/** All persistence of subscriptions. */
@Injectable()
export class SubscriptionRepository {
  constructor(private readonly database: Database) {}

  /** Subscriptions of a twin that are not over. */
  listOpen(subscriber: TwinId): Promise<Subscription[]> {
    return this.database.query<Subscription>(LIST_SQL, [subscriber]);
  }

  /** Makes a subscription, or renews the one there is on the same stream. */
  async put(tx: Transaction, wish: NewSubscription): Promise<{ subscription: Subscription; created: boolean }> {
    const [row] = await tx.query<Subscription & { created: boolean }>(INSERT_SQL, [
      wish.subscriber,
      wish.id,
      wish.provider,
      wish.objectType,
      wish.objectId,
      wish.channel,
      wish.lane,
      wish.startPosition,
      wish.connectionId,
      wish.expiresAt,
      jsonOrNull(wish.filter),
      jsonOrNull(wish.terms),
      wish.lastValuePosition,
    ]);
    if (row === undefined) throw new Error('the subscription was not stored');
    const { created, ...subscription } = row;
    return { subscription, created };
  }

  /** The position of the last message of a stream; '0' when there is none. */
  async endOf(tx: Transaction, channel: string): Promise<Position> {
    return (await tx.query<{ position: Position }>(END_SQL, [channel]))[0]?.position ?? '0';
  }

  /** An open subscription, locked until the transaction ends. */
  async lock(tx: Transaction, subscriber: TwinId, id: string): Promise<Subscription | undefined> {
    return (await tx.query<Subscription>(LOCK_SQL, [subscriber, id]))[0];
  }

  /** Stores what may change of a subscription. */
  async change(tx: Transaction, { subscriber, id, lane, expiresAt, terms }: Subscription): Promise<Subscription> {
    const [row] = await tx.query<Subscription>(CHANGE_SQL, [subscriber, id, lane, expiresAt, jsonOrNull(terms)]);
    if (row === undefined) throw new Error('the subscription is gone though it was locked');
    return row;
  }

  /** Ends a subscription; undefined when there was none. */
  async delete(tx: Transaction, subscriber: TwinId, id: string): Promise<Subscription | undefined> {
    return (await tx.query<Subscription>(DELETE_SQL, [subscriber, id]))[0];
  }

  /** Ends the subscription on a stream; undefined when there was none. */
  async deleteByChannel(tx: Transaction, subscriber: TwinId, channel: string): Promise<Subscription | undefined> {
    return (await tx.query<Subscription>(DELETE_BY_CHANNEL_SQL, [subscriber, channel]))[0];
  }

  /** Ends what stood on a connection that is over. */
  deleteOfConnection(tx: Transaction, connectionId: string): Promise<Subscription[]> {
    return tx.query<Subscription>(DELETE_OF_CONNECTION_SQL, [connectionId]);
  }

  /** Those of the streams that anybody reads. */
  async readChannels(tx: Transaction, channels: readonly string[]): Promise<ReadonlySet<string>> {
    return new Set((await tx.query<{ channel: string }>(READ_CHANNELS_SQL, [channels])).map(({ channel }) => channel));
  }

  /** The subscriptions on a stream. */
  onChannel(tx: Transaction, channel: string): Promise<Subscription[]> {
    return tx.query<Subscription>(ON_CHANNEL_SQL, [channel]);
  }

  /** How many there are to statuses and the registry, and how many of them are filtered. */
  async countOfStatuses(tx: Transaction): Promise<{ all: number; filtered: number }> {
    return (await tx.query<{ all: number; filtered: number }>(COUNT_SQL))[0] ?? { all: 0, filtered: 0 };
  }

  /** The open filtered ones. */
  listFiltered(tx: Transaction): Promise<Subscription[]> {
    return tx.query<Subscription>(FILTERED_SQL);
  }
}

function jsonOrNull(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value);
}
