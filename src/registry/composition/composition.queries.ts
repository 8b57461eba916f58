/*
 * Aggregated twins in SQL. An edge leads from a whole to a part: to one that it names, or to a member of the federation that it stands for.
 */

/** Edges down from `below`. Rides twin_part_pkey, twin_assembly_pkey and twin_circle_circle_idx. */
const EDGES_DOWN = `
  SELECT e.part FROM below b CROSS JOIN LATERAL (
    SELECT p.part FROM twin_part p WHERE p.whole = b.id
    UNION ALL
    SELECT c.twin_id FROM twin_assembly a JOIN twin_circle c ON c.circle = a.circle WHERE a.whole = b.id
  ) AS e`;

/** Most twins that a composition may reach. */
export const MAX_REACH = 10_000;

/** Whether one of the twins $1 is, or is made up of, the twin $2; and how many twins are reached, up to one more than allowed. */
export const REACHES = `
  WITH RECURSIVE below (id) AS (
    SELECT id COLLATE "C" FROM unnest($1::text[]) AS start (id)
    UNION
    (${EDGES_DOWN})
  ), reached AS (SELECT id FROM below LIMIT ${MAX_REACH + 1})
  SELECT count(*)::integer AS count, coalesce(bool_or(id = $2), false) AS found FROM reached`;

/** Held until the end of the transaction by everyone who adds an edge: two of them might close a circle together. */
export const LOCK_COMPOSITIONS = 'SELECT pg_advisory_xact_lock(7207, 0)';

export const DELETE_PARTS = 'DELETE FROM twin_part WHERE whole = $1';
export const DELETE_ASSEMBLY = 'DELETE FROM twin_assembly WHERE whole = $1';
export const INSERT_PARTS = 'INSERT INTO twin_part (whole, part) SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING';
export const INSERT_ASSEMBLY = 'INSERT INTO twin_assembly (whole, circle) VALUES ($1, $2)';

/** Rides twin_circle_circle_idx. */
export const MEMBERS = 'SELECT twin_id AS id FROM twin_circle WHERE circle = $1';
/** Whether the organization $2 has a twin in the circle $1. Rides twin_circle_organization_idx. */
export const IS_IN_CIRCLE = 'SELECT EXISTS (SELECT FROM twin_circle WHERE organization = $2 AND circle = $1) AS "isIn"';
/** The aggregated twins that stand for a circle. Rides twin_assembly_circle_idx. */
export const ASSEMBLIES = 'SELECT whole AS id FROM twin_assembly WHERE circle = $1';

/** Direct parts of the wholes $1. */
export const PARTS_OF = `
  SELECT whole, part FROM twin_part WHERE whole = ANY ($1::text[])
  UNION
  SELECT a.whole, c.twin_id FROM twin_assembly a JOIN twin_circle c ON c.circle = a.circle WHERE a.whole = ANY ($1::text[])`;

/** Direct wholes of the parts $1. Rides twin_part_part_idx, twin_circle_pkey and twin_assembly_circle_idx. */
export const WHOLES_OF = `
  SELECT whole, part FROM twin_part WHERE part = ANY ($1::text[])
  UNION
  SELECT a.whole, c.twin_id FROM twin_circle c JOIN twin_assembly a ON a.circle = c.circle WHERE c.twin_id = ANY ($1::text[])`;
