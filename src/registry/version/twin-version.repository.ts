import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { OrganizationId, TwinId } from '../../kernel/ids.js';
import type { Principal } from '../../security/principal.js';
import type { ChangeAuthor } from './change-author.js';
import { SqlConditions } from '../sql-conditions.js';
import { selectHistory, selectMoment, selectStanding, selectVersion } from './twin-version.queries.js';
import type { Revision, TwinProfile } from '../twin.js';
import { restrictToVisible } from '../visibility.js';

/** A version of a twin; one without a profile is a deregistration. */
export interface StoredVersion extends Revision {
  readonly id: TwinId;
  /** At the end of this version, or today. */
  readonly owner: OrganizationId;
  readonly profile: TwinProfile | null;
  readonly changedBy: ChangeAuthor;
  readonly changedAt: Date;
}

/** An id that the reader may know of, whether registered or not. */
export interface Standing {
  /** The present incarnation, or the last. */
  readonly incarnation: number;
  readonly owner: OrganizationId;
}

/** Reads histories, as far as the reader may see them. */
@Injectable()
export class TwinVersionRepository {
  constructor(private readonly database: Database) {}

  /** The id, registered or a tombstone, if the principal may see it: of a tombstone only its owner and operators do. */
  async standing(principal: Principal, id: TwinId): Promise<Standing | undefined> {
    const where = new SqlConditions();
    where.and(`t.id = ${where.bind(id)}`);
    restrictToVisible(where, principal, 'one');
    return (await this.database.query<Standing>(selectStanding(where.sql), where.parameters))[0];
  }

  /** Up to `limit` versions before `before`, newest first, and whether there are more. */
  async page(
    principal: Principal,
    id: TwinId,
    limit: number,
    before?: Revision,
  ): Promise<{ versions: StoredVersion[]; more: boolean; previous?: StoredVersion }> {
    const where = this.conditions(principal, id);
    if (before) {
      where.and(`(t.incarnation, t.version) < (${where.bind(before.incarnation)}::integer, ${where.bind(before.version)}::integer)`);
    }
    const rows = await this.database.query<StoredVersion & { found: number }>(
      selectHistory(where.sql, where.bind(limit + 1)),
      where.parameters,
    );
    const found = rows[0]?.found ?? 0;
    // The row after the page is what its last version is compared with.
    const size = found > rows.length ? rows.length - 1 : Math.min(rows.length, limit);
    return { versions: rows.slice(0, size), more: found > size, previous: rows[size] };
  }

  async find(principal: Principal, id: TwinId, { incarnation, version }: Revision): Promise<StoredVersion | undefined> {
    const where = this.conditions(principal, id);
    where.and(`t.incarnation = ${where.bind(incarnation)}`).and(`t.version = ${where.bind(version)}`);
    return (await this.database.query<StoredVersion>(selectVersion(where.sql), where.parameters))[0];
  }

  /** @param at RFC 3339 */
  async findAt(principal: Principal, id: TwinId, at: string): Promise<StoredVersion | undefined> {
    const where = this.conditions(principal, id);
    return (await this.database.query<StoredVersion>(selectMoment(where.sql, where.bind(at)), where.parameters))[0];
  }

  /** $1 is the id, which the history itself is bound to. */
  private conditions(principal: Principal, id: TwinId): SqlConditions {
    const where = new SqlConditions();
    where.and(`t.id = ${where.bind(id)}`);
    return restrictToVisible(where, principal, 'one');
  }
}
