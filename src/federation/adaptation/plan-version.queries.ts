/** Adds a version. Rides connection_plan_pkey; the caller holds the connection's federation, so that no two come at a time. */
export const ADD_VERSION = `
  INSERT INTO connection_plan (connection_id, version, identity, digest, why, plan) VALUES ($1, $2, $3, $4, $5, $6::jsonb)`;

/** The number of the next version: they go on counting when an id is requested anew. Rides connection_plan_pkey. No locks. */
export const NEXT_VERSION = 'SELECT coalesce(max(version), 0) + 1 AS version FROM connection_plan WHERE connection_id = $1';

/** The versions of a connection, oldest first, without their plans. Rides connection_plan_pkey. No locks. */
export const VERSIONS = `
  SELECT version, held_from AS "heldFrom", identity AS "isIdentity" FROM connection_plan WHERE connection_id = $1 ORDER BY version`;

/** A page of the versions of a connection with what they say, newest first, below a version. Rides connection_plan_pkey. No locks. */
export const LIST_VERSIONS = `
  SELECT version, held_from AS "heldFrom", identity AS "isIdentity", digest, why, plan FROM connection_plan
   WHERE connection_id = $1 AND version < $2 ORDER BY version DESC LIMIT $3`;

/** One plan. Rides connection_plan_pkey. No locks. */
export const PLAN_OF = 'SELECT plan FROM connection_plan WHERE connection_id = $1 AND version = $2';
