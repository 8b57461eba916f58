import type { Geometry } from 'geojson';
import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import type { TwinId } from '../kernel/ids.js';
import type { LiveStatus } from './registration-status.js';
import type { FeatureSpec } from './twin.js';

/** What whoever joins the data of many twins has to know of each. */
export interface TwinFact {
  readonly id: TwinId;
  readonly domain: string;
  readonly status: LiveStatus;
  /** Where it speaks for its object of interest. */
  readonly area?: Geometry;
  readonly features: readonly FeatureSpec[];
}

/** Rides twin_pkey and twin_lease_pkey. */
const FACTS = `
  SELECT t.id, t.domain, l.status, t.profile #> '{coverage,area}' AS area, coalesce(t.profile -> 'features', '[]') AS features
    FROM twin t JOIN twin_lease l ON l.twin_id = t.id WHERE t.id = ANY ($1::text[]) AND t.registration = 'REGISTERED'`;

/** Reads facts of many twins in one query, uncached. */
@Injectable()
export class TwinFacts {
  constructor(private readonly database: Database) {}

  /** Of those that are registered. */
  async of(twins: readonly TwinId[]): Promise<ReadonlyMap<TwinId, TwinFact>> {
    if (twins.length === 0) return new Map();
    const rows = await this.database.query<Omit<TwinFact, 'area'> & { area: Geometry | null }>(FACTS, [twins]);
    return new Map(rows.map(({ area, ...fact }) => [fact.id, area === null ? fact : { ...fact, area }]));
  }
}
