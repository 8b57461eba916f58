import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { Transaction } from '../../database/unit-of-work.js';
import type { OrganizationId, TwinId } from '../../kernel/ids.js';
import type { StandingNotification, StandingQuery, TriggerReason } from './standing-query.js';

const COLUMNS = `id, organization, name, twin, query, inbox, circled, last_number AS "lastNumber", created_at AS "createdAt", expires_at AS "expiresAt"`;
const OPEN = '(expires_at IS NULL OR expires_at > clock_timestamp())';

/** A twin that matches, in the state that was or is to be told. */
export interface MatchState {
  readonly twin: TwinId;
  /** incarnation.version.status */
  readonly state: string;
}

/** A standing query about to be stored. */
export type NewStandingQuery = Omit<StandingQuery, 'lastNumber' | 'createdAt' | 'expiresAt'> & {
  readonly expiresInSeconds: number | null;
};

/** All persistence of standing queries. Within a transaction its consumer's place is locked first, so that evaluations and changes take turns. */
@Injectable()
export class StandingQueryRepository {
  constructor(private readonly database: Database) {}

  /** Every open one. Few enough to be read whole. */
  listOpen(tx: Transaction): Promise<StandingQuery[]> {
    return tx.query<StandingQuery>(`SELECT ${COLUMNS} FROM standing_query WHERE ${OPEN} ORDER BY id`);
  }

  /** Rides standing_query_name. */
  async find(organization: OrganizationId, name: string, tx?: Transaction): Promise<StandingQuery | undefined> {
    const sql = `SELECT ${COLUMNS} FROM standing_query WHERE organization = $1 AND name = $2 AND ${OPEN}`;
    const rows = await (tx ?? this.database).query<StandingQuery>(sql, [organization, name]);
    return rows[0];
  }

  /** Those of an organization, or of one of its twins, by name. Rides standing_query_name. */
  list(organization: OrganizationId, twin: TwinId | undefined, after: string, limit: number): Promise<StandingQuery[]> {
    return this.database.query<StandingQuery>(
      `SELECT ${COLUMNS} FROM standing_query WHERE organization = $1 AND ($2::text IS NULL OR twin = $2) AND name > $3 AND ${OPEN} ORDER BY name LIMIT $4`,
      [organization, twin ?? null, after, limit],
    );
  }

  async countOf(tx: Transaction, organization: OrganizationId): Promise<number> {
    const sql = 'SELECT count(*)::integer AS count FROM standing_query WHERE organization = $1';
    return (await tx.query<{ count: number }>(sql, [organization]))[0]?.count ?? 0;
  }

  async hasAny(tx: Transaction): Promise<boolean> {
    return (await tx.query<{ any: boolean }>('SELECT EXISTS (SELECT FROM standing_query) AS any'))[0]?.any ?? false;
  }

  async insert(tx: Transaction, query: NewStandingQuery): Promise<StandingQuery> {
    const [row] = await tx.query<StandingQuery>(
      `INSERT INTO standing_query (id, organization, name, twin, query, inbox, circled, created_at, expires_at)
       SELECT $1, $2, $3, $4, $5::jsonb, $6, $7, now_, now_ + make_interval(secs => $8) FROM (SELECT clock_timestamp() AS now_) AS clock
       RETURNING ${COLUMNS}`,
      [
        query.id,
        query.organization,
        query.name,
        query.twin,
        JSON.stringify(query.query),
        query.inbox,
        query.circled,
        query.expiresInSeconds,
      ],
    );
    if (row === undefined) throw new Error('the standing query was not stored');
    return row;
  }

  /** Sets when it ends, counted from now; without a time, never. Rides standing_query_pkey. */
  async prolong(tx: Transaction, id: string, seconds: number | null): Promise<void> {
    await tx.query('UPDATE standing_query SET expires_at = clock_timestamp() + make_interval(secs => $2) WHERE id = $1', [id, seconds]);
  }

  async setCircled(tx: Transaction, id: string, circled: string): Promise<void> {
    await tx.query('UPDATE standing_query SET circled = $2 WHERE id = $1', [id, circled]);
  }

  /** Ends queries with all they told. Rides standing_match_query_idx and standing_notification_pkey. */
  async delete(tx: Transaction, ids: readonly string[]): Promise<void> {
    await tx.query('DELETE FROM standing_notification WHERE query_id = ANY ($1::text[])', [ids]);
    await tx.query('DELETE FROM standing_match WHERE query_id = ANY ($1::text[])', [ids]);
    await tx.query('DELETE FROM standing_query WHERE id = ANY ($1::text[])', [ids]);
  }

  /** Ids of those that a twin asked, or whose notifications come to its inbox. */
  async idsOfTwin(tx: Transaction, twin: TwinId): Promise<string[]> {
    return (await tx.query<{ id: string }>('SELECT id FROM standing_query WHERE twin = $1 OR inbox = $1', [twin])).map(({ id }) => id);
  }

  async idsOfOrganization(tx: Transaction, organization: string): Promise<string[]> {
    const rows = await tx.query<{ id: string }>('SELECT id FROM standing_query WHERE organization = $1', [organization]);
    return rows.map(({ id }) => id);
  }

  async idsOfExpired(tx: Transaction): Promise<string[]> {
    return (await tx.query<{ id: string }>(`SELECT id FROM standing_query WHERE NOT ${OPEN}`)).map(({ id }) => id);
  }

  /** What was told of these twins, by any query. Rides standing_match_pkey. */
  async toldOf(tx: Transaction, twins: readonly TwinId[]): Promise<(MatchState & { query: string })[]> {
    return tx.query('SELECT query_id AS query, twin_id AS twin, state FROM standing_match WHERE twin_id = ANY ($1::text[])', [twins]);
  }

  /** Every twin that a query has told of as matching. Rides standing_match_query_idx. */
  matchesOf(tx: Transaction, query: string): Promise<MatchState[]> {
    return tx.query('SELECT twin_id AS twin, state FROM standing_match WHERE query_id = $1', [query]);
  }

  /** How many match. Rides standing_match_query_idx. */
  async countMatches(query: string): Promise<number> {
    const sql = 'SELECT count(*)::integer AS count FROM standing_match WHERE query_id = $1';
    return (await this.database.query<{ count: number }>(sql, [query]))[0]?.count ?? 0;
  }

  /** The states of twins as they are now. Rides twin_pkey and twin_lease_pkey. */
  statesOf(tx: Transaction, twins: readonly TwinId[]): Promise<MatchState[]> {
    return tx.query(
      `SELECT t.id AS twin, t.incarnation || '.' || t.version || '.' || l.status AS state FROM twin t JOIN twin_lease l ON l.twin_id = t.id
        WHERE t.id = ANY ($1::text[]) AND t.registration = 'REGISTERED'`,
      [twins],
    );
  }

  async putMatches(tx: Transaction, query: string, matches: readonly MatchState[]): Promise<void> {
    if (matches.length === 0) return;
    await tx.query(
      `INSERT INTO standing_match (query_id, twin_id, state) SELECT $1, * FROM unnest($2::text[], $3::text[])
       ON CONFLICT (twin_id, query_id) DO UPDATE SET state = excluded.state`,
      [query, matches.map(({ twin }) => twin), matches.map(({ state }) => state)],
    );
  }

  async removeMatches(tx: Transaction, query: string, twins: readonly TwinId[]): Promise<void> {
    if (twins.length === 0) return;
    await tx.query('DELETE FROM standing_match WHERE query_id = $1 AND twin_id = ANY ($2::text[])', [query, twins]);
  }

  /** Adds notifications, numbered on from the newest. Rides standing_query_pkey. */
  async tell(
    tx: Transaction,
    query: string,
    news: readonly { readonly reason: TriggerReason; readonly twin: TwinId }[],
  ): Promise<StandingNotification[]> {
    return tx.query<StandingNotification>(
      `WITH numbered AS (UPDATE standing_query SET last_number = last_number + $2 WHERE id = $1 RETURNING last_number - $2 AS before)
       INSERT INTO standing_notification (query_id, number, reason, twin_id, told_at)
       SELECT $1, before + n, reason, twin, clock_timestamp() FROM numbered, unnest($3::text[], $4::text[]) WITH ORDINALITY AS t (reason, twin, n)
       RETURNING number, reason, twin_id AS twin, told_at AS "toldAt"`,
      [query, news.length, news.map(({ reason }) => reason), news.map(({ twin }) => twin)],
    );
  }

  /** Notifications after a number. Rides standing_notification_pkey. */
  notifications(query: string, after: string, limit: number): Promise<StandingNotification[]> {
    return this.database.query<StandingNotification>(
      `SELECT number, reason, twin_id AS twin, told_at AS "toldAt" FROM standing_notification WHERE query_id = $1 AND number > $2 ORDER BY number LIMIT $3`,
      [query, after, limit],
    );
  }

  /** The number before the oldest notification kept, and the newest number. */
  async bounds(query: string): Promise<{ before: string; newest: string } | undefined> {
    const [row] = await this.database.query<{ before: string; newest: string }>(
      `SELECT coalesce((SELECT min(number) - 1 FROM standing_notification WHERE query_id = q.id), q.last_number) AS before, q.last_number AS newest
         FROM standing_query q WHERE q.id = $1`,
      [query],
    );
    return row;
  }

  /** Forgets up to `limit` notifications older than `days`. Rides standing_notification_told_idx. */
  async forget(days: number, limit: number): Promise<number> {
    const rows = await this.database.query(
      `DELETE FROM standing_notification WHERE (query_id, number) IN (
         SELECT query_id, number FROM standing_notification WHERE told_at < clock_timestamp() - make_interval(days => $1) LIMIT $2)
       RETURNING 1`,
      [days, limit],
    );
    return rows.length;
  }
}
