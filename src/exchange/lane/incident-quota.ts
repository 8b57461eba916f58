import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Config } from '../../config/config.js';
import { Database } from '../../database/database.js';
import { DomainEvents } from '../../database/domain-events.js';
import type { OrganizationId } from '../../kernel/ids.js';

/** What a broker took of the present minute's quota and has not used yet. */
interface Portion {
  minute: number;
  left: number;
  /** The quota of this minute is used up, as far as the table says. */
  isEmpty: boolean;
  taking?: Promise<void>;
}

/** How many portions a minute's quota is cut into: so often at most is its row updated. */
const PORTIONS = 20;
const MINUTE_MS = 60_000;
const CACHED = 10_000;

/** Rides incident_right_pkey. */
const RIGHT_SQL = 'SELECT per_minute AS "perMinute" FROM incident_right WHERE organization = $1';
/** Rides incident_use_pkey; locks the row for this one statement. Gives how many were taken: none when the minute's quota is used up. */
const TAKE_SQL = `
  INSERT INTO incident_use AS u (organization, minute, taken) VALUES ($1, $2, least($3::integer, $4::integer))
  ON CONFLICT (organization) DO UPDATE
     SET minute = excluded.minute, taken = CASE WHEN u.minute = excluded.minute THEN least(u.taken + $3, $4) ELSE least($3::integer, $4::integer) END
   WHERE u.minute <> excluded.minute OR u.taken < $4
  RETURNING taken`;

/** Whether one more incident message may be sent. */
export type QuotaVerdict = { granted: true } | { granted: false; perMinute: number; retryAfterSeconds: number };

/**
 * The right to the lane `incident`: so many messages a minute for each organization, over all brokers. A broker takes the quota in portions, so
 * that no row is written for each message; what it has not used of a portion when the minute ends is lost. Minutes are those of the database's clock.
 */
@Injectable()
export class IncidentQuota {
  private readonly portions = new LRUCache<OrganizationId, Portion>({ max: CACHED });
  private readonly rights = new LRUCache<OrganizationId, number>({ max: CACHED });
  private generation = 0;

  constructor(
    private readonly database: Database,
    private readonly config: Config,
    events: DomainEvents,
  ) {
    events.subscribe(['incident-right.changed'], ({ subject }) => {
      this.generation += 1;
      this.rights.delete(subject as OrganizationId);
      this.portions.delete(subject as OrganizationId);
    });
  }

  /** How many an organization may send in a minute. */
  async perMinute(organization: OrganizationId): Promise<number> {
    const known = this.rights.get(organization);
    if (known !== undefined) return known;
    const { generation } = this;
    const [row] = await this.database.query<{ perMinute: number }>(RIGHT_SQL, [organization]);
    const perMinute = row?.perMinute ?? this.config.incidentQuotaPerMinute;
    if (generation === this.generation) this.rights.set(organization, perMinute);
    return perMinute;
  }

  /** Uses one of the quota, if there is one left. */
  async use(organization: OrganizationId): Promise<QuotaVerdict> {
    const perMinute = await this.perMinute(organization);
    const now = this.database.clock.now();
    const minute = Math.floor(now / MINUTE_MS);
    const portion = this.portionOf(organization, minute);
    while (portion.left === 0 && !portion.isEmpty && perMinute > 0) {
      portion.taking ??= this.take(organization, portion, perMinute).finally(() => {
        portion.taking = undefined;
      });
      await portion.taking;
    }
    if (portion.left === 0) {
      return { granted: false, perMinute, retryAfterSeconds: Math.max(1, Math.ceil(((minute + 1) * MINUTE_MS - now) / 1_000)) };
    }
    portion.left -= 1;
    return { granted: true };
  }

  private portionOf(organization: OrganizationId, minute: number): Portion {
    const known = this.portions.get(organization);
    if (known?.minute === minute) return known;
    const portion = { minute, left: 0, isEmpty: false };
    this.portions.set(organization, portion);
    return portion;
  }

  private async take(organization: OrganizationId, portion: Portion, perMinute: number): Promise<void> {
    const size = Math.max(1, Math.ceil(perMinute / PORTIONS));
    const [row] = await this.database.query<{ taken: number }>(TAKE_SQL, [organization, portion.minute, size, perMinute]);
    if (row === undefined) {
      portion.isEmpty = true;
      return;
    }
    // The last portion may be smaller than the others.
    const last = row.taken % size;
    portion.left += row.taken === perMinute && last !== 0 ? last : size;
  }
}
