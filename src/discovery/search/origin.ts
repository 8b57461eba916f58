import type { Geometry } from 'geojson';
import { requiredLeaves } from '../query/query.js';
import { queryGeometry } from '../query/read-area.js';
import { refusedAt } from '../query/read-values.js';
import type { PreparedQuery } from './query-engine.js';

/** From where distances are measured: what was given, or else the one place that twins must be near. @throws DomainError `validation-failed` */
export function originOf({ query }: Pick<PreparedQuery, 'query'>, from: unknown): Geometry {
  if (from !== undefined) return queryGeometry(from, '/from');
  const [near, other] = requiredLeaves(query).filter((leaf) => leaf.kind === 'area' && leaf.relation === 'near');
  if (near?.kind !== 'area' || other !== undefined)
    throw refusedAt('/from', 'is required to sort by distance, unless one near area must be met');
  return near.geometry;
}
