import { Injectable } from '@nestjs/common';
import { Units } from '../../dictionary/unit/units.js';
import type { Transaction } from '../../database/unit-of-work.js';
import type { OrganizationId, TwinId } from '../../kernel/ids.js';
import { arrayLiteral, packedBytes, unpacked } from './column-parameters.js';
import { type SearchColumns, searchColumnsOf } from './search-columns.js';
import { SearchWords } from './search-words.js';
import type { TwinProfile } from '../twin.js';

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

/** A registered twin with what is searched of it. */
export interface DerivedRow extends Pick<TwinProfile, 'domain' | 'access'> {
  readonly id: TwinId;
  readonly owner: OrganizationId;
  /** When this version of the profile was stored, by the database's clock. */
  readonly updatedAt: Date;
  readonly columns: SearchColumns;
}

const VECTOR = (text: string, weight: string): string =>
  `setweight(to_tsvector('simple', ${text}) || to_tsvector('english', ${text}), '${weight}')`;

/** What parts the values of a list within a text; no name of a label or feature holds it. */
const PART = '\x1f';

/** One array per column; of $17 the shapes, packed. Rides twin_search_pkey; rows of twins whose own row is locked by the caller. */
const PUT = `
  INSERT INTO twin_search (twin_id, owner, domain, access, name_key, updated_at, period_ms, desired_age_ms, validity, area_box, keys, facet_values,
                           search, shape, search_version)
  SELECT id, owner, domain, access, name_key, updated_at, period_ms, desired_age_ms, tstzrange(valid_from, valid_to), area_box, keys::bigint[],
         string_to_array(facet_values, E'\\x1f'),
         ${VECTOR('title', 'A')} || ${VECTOR('names', 'B')} || ${VECTOR('prose', 'C')}, ${unpacked('$17', 'shape_start', 'shape_bytes')}, ${SEARCH_VERSION}
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::bigint[], $8::bigint[], $9::timestamptz[],
                $10::timestamptz[], $11::box[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $18::integer[], $19::integer[])
      AS row_ (id, owner, domain, access, name_key, updated_at, period_ms, desired_age_ms, valid_from, valid_to, area_box, keys, facet_values,
               title, names, prose, shape_start, shape_bytes)
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
    private readonly units: Units,
  ) {}

  /** Makes twins, whose rows the caller has written or locked, to be found as their profiles now say. */
  async put(tx: Transaction, rows: readonly SearchRow[]): Promise<void> {
    await this.putColumns(
      tx,
      rows.map(({ id, owner, profile, updatedAt }) => {
        return { id, owner, domain: profile.domain, access: profile.access, updatedAt, columns: this.columnsOf(profile) };
      }),
    );
  }

  /** What is stored of a checked profile so that it is found. */
  columnsOf(profile: TwinProfile): SearchColumns {
    return searchColumnsOf(profile, this.dimensionOf);
  }

  /** As {@link put}, of profiles whose columns were derived before. */
  async putColumns(tx: Transaction, rows: readonly DerivedRow[]): Promise<void> {
    if (rows.length === 0) return;
    const shapes = packedBytes(rows.map(({ columns }) => columns.shape));
    await tx.query(PUT, [
      arrayLiteral(rows.map(({ id }) => id)),
      arrayLiteral(rows.map(({ owner }) => owner)),
      arrayLiteral(rows.map(({ domain }) => domain)),
      arrayLiteral(rows.map(({ access }) => access)),
      arrayLiteral(rows.map(({ columns }) => columns.nameKey)),
      arrayLiteral(rows.map(({ updatedAt }) => updatedAt.toISOString())),
      arrayLiteral(rows.map(({ columns }) => columns.periodMs)),
      arrayLiteral(rows.map(({ columns }) => columns.desiredAgeMs)),
      arrayLiteral(rows.map(({ columns }) => columns.validFrom)),
      arrayLiteral(rows.map(({ columns }) => columns.validTo)),
      // A box holds commas: within an array literal its elements are parted by semicolons.
      `{${rows.map(({ columns }) => columns.areaBox ?? 'NULL').join(';')}}`,
      arrayLiteral(rows.map(({ columns }) => `{${columns.keys.join(',')}}`)),
      arrayLiteral(rows.map(({ columns }) => columns.facetValues.join(PART))),
      arrayLiteral(rows.map(({ columns }) => columns.titleText)),
      arrayLiteral(rows.map(({ columns }) => columns.nameText)),
      arrayLiteral(rows.map(({ columns }) => columns.proseText)),
      shapes.bytes,
      shapes.starts,
      shapes.lengths,
    ]);
    tx.afterCommit(() => {
      for (const { columns } of rows) this.words.note(columns.titleText, columns.nameText, columns.proseText);
    });
  }

  /** Makes a twin, whose row the caller has locked, not to be found any more. Rides twin_search_pkey. */
  async remove(tx: Transaction, id: TwinId): Promise<void> {
    await tx.query('DELETE FROM twin_search WHERE twin_id = $1', [id]);
  }

  private readonly dimensionOf = (unit: string): string | undefined => {
    try {
      return this.units.read(unit).dimension;
    } catch {
      // Stored before units were checked: found by everything but its unit.
      return undefined;
    }
  };
}
