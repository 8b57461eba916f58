import { Injectable, Optional } from '@nestjs/common';
import { Units } from '../dictionary/unit/units.js';
import type { Transaction } from '../database/unit-of-work.js';
import type { OrganizationId, TwinId } from '../kernel/ids.js';
import { searchColumnsOf } from './search-columns.js';
import { SearchWords } from './search-words.js';
import type { TwinProfile } from './twin.js';

/** Grows when what is derived from a profile changes: rows of older versions are then derived anew in the background. */
export const SEARCH_VERSION = 1;

/** A registered twin as it is to be found. */
export interface SearchRow {
  readonly id: TwinId;
  readonly owner: OrganizationId;
  readonly profile: TwinProfile;
  /** When this version of the profile was stored, by the database's clock. */
  readonly updatedAt: Date;
}

const VECTOR = (text: string, weight: string): string =>
  `setweight(to_tsvector('simple', ${text}) || to_tsvector('english', ${text}), '${weight}')`;

/** One array per column. Rides twin_search_pkey; rows of twins whose own row is locked by the caller. */
const PUT = `
  INSERT INTO twin_search (twin_id, owner, domain, access, name_key, updated_at, period_ms, desired_age_ms, validity, area_box, keys, facet_values,
                           search, shape, search_version)
  SELECT id, owner, domain, access, name_key, updated_at, period_ms, desired_age_ms, tstzrange(valid_from, valid_to), area_box, keys::bigint[],
         ARRAY(SELECT jsonb_array_elements_text(facet_values::jsonb)),
         ${VECTOR('title', 'A')} || ${VECTOR('names', 'B')} || ${VECTOR('prose', 'C')}, shape, ${SEARCH_VERSION}
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::bigint[], $8::bigint[], $9::timestamptz[],
                $10::timestamptz[], $11::box[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::bytea[])
      AS row_ (id, owner, domain, access, name_key, updated_at, period_ms, desired_age_ms, valid_from, valid_to, area_box, keys, facet_values,
               title, names, prose, shape)
  ON CONFLICT (twin_id) DO UPDATE SET
    owner = excluded.owner, domain = excluded.domain, access = excluded.access, name_key = excluded.name_key, updated_at = excluded.updated_at,
    period_ms = excluded.period_ms, desired_age_ms = excluded.desired_age_ms, validity = excluded.validity, area_box = excluded.area_box,
    keys = excluded.keys, facet_values = excluded.facet_values, search = excluded.search, shape = excluded.shape,
    search_version = excluded.search_version`;

/** What discovery searches, kept in step with the profiles: every change of one writes here in the same transaction. */
@Injectable()
export class SearchIndex {
  constructor(
    private readonly words: SearchWords,
    @Optional() private readonly units?: Units,
  ) {}

  /** Makes twins, whose rows the caller has written or locked, to be found as their profiles now say. */
  async put(tx: Transaction, rows: readonly SearchRow[]): Promise<void> {
    if (rows.length === 0) return;
    const dimensionOf = (unit: string): string | undefined => this.dimensionOf(unit);
    const columns = rows.map(({ profile }) => searchColumnsOf(profile, dimensionOf));
    await tx.query(PUT, [
      rows.map(({ id }) => id),
      rows.map(({ owner }) => owner),
      rows.map(({ profile }) => profile.domain),
      rows.map(({ profile }) => profile.access),
      columns.map(({ nameKey }) => nameKey),
      rows.map(({ updatedAt }) => updatedAt),
      columns.map(({ periodMs }) => periodMs),
      columns.map(({ desiredAgeMs }) => desiredAgeMs),
      columns.map(({ validFrom }) => validFrom),
      columns.map(({ validTo }) => validTo),
      // A box holds commas: within an array literal its elements are parted by semicolons.
      `{${columns.map(({ areaBox }) => areaBox ?? 'NULL').join(';')}}`,
      columns.map(({ keys }) => `{${keys.join(',')}}`),
      columns.map(({ facetValues }) => JSON.stringify(facetValues)),
      columns.map(({ titleText }) => titleText),
      columns.map(({ nameText }) => nameText),
      columns.map(({ proseText }) => proseText),
      columns.map(({ shape }) => shape),
    ]);
    tx.afterCommit(() => {
      for (const { titleText, nameText, proseText } of columns) this.words.note(titleText, nameText, proseText);
    });
  }

  /** Makes a twin, whose row the caller has locked, not to be found any more. Rides twin_search_pkey. */
  async remove(tx: Transaction, id: TwinId): Promise<void> {
    await tx.query('DELETE FROM twin_search WHERE twin_id = $1', [id]);
  }

  private dimensionOf(unit: string): string | undefined {
    try {
      return this.units?.read(unit).dimension;
    } catch {
      // Stored before units were checked: found by everything but its unit.
      return undefined;
    }
  }
}
