import { Injectable } from '@nestjs/common';
import type { TwinId } from '../kernel/ids.js';
import { SqlConditions } from '../registry/sql-conditions.js';
import { TwinReader } from '../registry/twin-reader.js';
import type { TwinRecord } from '../registry/twin.js';
import { restrictToVisible } from '../registry/visibility.js';
import type { Principal } from '../security/principal.js';
import type { SearchPage } from './search/search-page.js';

/** A page's twins as they are now, and the cursor after them. */
export interface FoundTwins {
  /** With the place that each had on the page. */
  readonly twins: readonly { readonly twin: TwinRecord; readonly index: number }[];
  readonly next?: string;
}

/** Reads the twins that a search found. */
@Injectable()
export class FoundTwinReader {
  constructor(private readonly twins: TwinReader) {}

  /** Visibility is asked again: the ids came from another statement. Profiles too large for one answer cut the page short. Rides twin_pkey. */
  async read(principal: Principal, page: SearchPage): Promise<FoundTwins> {
    for (let count = page.ids.length; count > 0; count = Math.ceil(count / 2)) {
      const ids = page.ids.slice(0, count);
      const { twins, more } = await this.byId(principal, ids);
      if (more && count > 1) continue;
      const places = new Map(ids.map((id, index) => [id, index]));
      const found = twins.map((twin) => ({ twin, index: places.get(twin.id) ?? 0 })).sort((a, b) => a.index - b.index);
      const next = count < page.ids.length ? page.after(count - 1) : page.next;
      return { twins: found, ...(next !== undefined && { next }) };
    }
    return { twins: [], ...(page.next !== undefined && { next: page.next }) };
  }

  private async byId(principal: Principal, ids: readonly TwinId[]): Promise<{ twins: TwinRecord[]; more: boolean }> {
    const where = new SqlConditions().and(`t.registration = 'REGISTERED'`);
    where.and(`t.id = ANY (${where.bind(ids)}::text[])`);
    restrictToVisible(where, principal, 'one');
    return this.twins.page(where, ids.length);
  }
}
