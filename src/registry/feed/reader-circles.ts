import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Database } from '../../database/database.js';
import { DomainEvents } from '../../database/domain-events.js';
import type { Principal } from '../../security/principal.js';
import type { Reader } from './registry-event.js';

const CACHED = 10_000;
const NONE: ReadonlySet<string> = new Set();

/** The open federations a principal is in, remembered until memberships change: in this broker at once, elsewhere within about a second. */
@Injectable()
export class ReaderCircles {
  private readonly known = new LRUCache<string, Promise<ReadonlySet<string>>>({ max: CACHED });

  constructor(
    private readonly database: Database,
    events: DomainEvents,
  ) {
    events.subscribe(['member.changed', 'federation.changed', 'twin.deregistered', 'twin.transferred'], () => {
      this.known.clear();
    });
  }

  /** The principal as a reader of the feed. */
  async readerOf(principal: Principal): Promise<Reader> {
    if (principal.kind === 'operator') return { principal, circles: NONE };
    const [column, value] = principal.kind === 'twin' ? ['twin_id', principal.twin] : ['organization', principal.organization];
    const key = `${column} ${value}`;
    let circles = this.known.get(key);
    if (circles === undefined) {
      circles = this.read(column, value);
      this.known.set(key, circles);
      circles.catch(() => this.known.delete(key));
    }
    return { principal, circles: await circles };
  }

  /** Rides twin_circle_pkey or twin_circle_organization_idx. */
  private async read(column: string, value: string): Promise<ReadonlySet<string>> {
    const rows = await this.database.query<{ circle: string }>(`SELECT DISTINCT circle FROM twin_circle WHERE ${column} = $1`, [value]);
    return new Set(rows.map(({ circle }) => circle));
  }
}
