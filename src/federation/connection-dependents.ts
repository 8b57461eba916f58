import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Transaction } from '../database/unit-of-work.js';
import type { TwinId } from '../kernel/ids.js';
import { type FeatureDependent, type FeatureDependents, FeatureDependentsPort } from '../registry/impact/feature-dependents.js';

/**
 * Open connections of a twin that agree to any of its features: $1 twin, $2 names, $3 limit. Rides connection_open_pair from one side and
 * connection_by_responder from the other. No locks.
 */
const DEPENDENT_CONNECTIONS = `
  SELECT c.id, CASE WHEN c.requester = $1 THEN c.responder ELSE c.requester END AS twin, named.features
    FROM (
      SELECT * FROM connection WHERE requester = $1 AND state IN ('REQUESTED', 'NEGOTIATING', 'CONNECTED', 'SUSPENDED', 'LOST')
      UNION ALL
      SELECT * FROM connection WHERE responder = $1 AND state IN ('REQUESTED', 'NEGOTIATING', 'CONNECTED', 'SUSPENDED', 'LOST')
    ) AS c,
    LATERAL (
      SELECT array_agg(f ->> 'name') AS features FROM jsonb_array_elements(c.features) AS f WHERE f ->> 'twin' = $1 AND f ->> 'name' = ANY ($2::text[])
    ) AS named
   WHERE named.features IS NOT NULL
   ORDER BY c.id LIMIT $3`;

/** Tells the registry which connections a change of a feature would hit. */
@Injectable()
export class ConnectionDependents implements FeatureDependents, OnModuleInit {
  constructor(private readonly port: FeatureDependentsPort) {}

  onModuleInit(): void {
    this.port.bind(this);
  }

  async find(tx: Transaction, twin: TwinId, features: readonly string[], limit: number): Promise<FeatureDependent[]> {
    const rows = await tx.query<Omit<FeatureDependent, 'kind'>>(DEPENDENT_CONNECTIONS, [twin, features, limit]);
    return rows.map((row) => ({ kind: 'connection', ...row }));
  }
}
