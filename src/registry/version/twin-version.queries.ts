/** The SQL of histories. Nothing here takes a lock. */
import { PAGE_BYTES } from '../twin.queries.js';

/**
 * Every version of the id $1 as `t`, the present one included, with today's owner, so that the visibility predicate can be asked of each: a version
 * that was private is seen by those who may see private ones. Rides twin_pkey and twin_version_pkey, or twin_version_at_idx for a moment.
 */
const HISTORY = `
  (SELECT c.id, c.owner, h.*
     FROM twin c, LATERAL (
       SELECT c.incarnation, c.version, c.owner AS "ownerThen", c.access, c.profile, c.profile_bytes AS bytes, c.changed_by AS "changedBy",
              c.updated_at AS "changedAt"
        WHERE c.registration = 'REGISTERED'
        UNION ALL
       SELECT v.incarnation, v.version, v.owner, v.access, v.profile, v.profile_bytes, v.changed_by, v.changed_at
         FROM twin_version v WHERE v.twin_id = c.id
     ) AS h
    WHERE c.id = $1) AS t`;

const COLUMNS = `t.id, t.incarnation, t.version, t."ownerThen" AS owner, t.profile, t."changedBy", t."changedAt"`;

/** Whether the principal may see the id at all, tombstones included: $1 id. Rides twin_pkey. */
export function selectStanding(where: string): string {
  return `SELECT t.incarnation, t.owner FROM twin t WHERE ${where}`;
}

/** A page of the history, newest first, no larger than a page of twins may be, but at least two versions where there are two. */
export function selectHistory(where: string, limit: string): string {
  return `
    SELECT ${COLUMNS}, t.found::integer AS found
      FROM (
        SELECT t.*, sum(t.bytes) OVER (ORDER BY t.incarnation DESC, t.version DESC) - t.bytes AS before, count(*) OVER () AS found
          FROM (SELECT t.* FROM ${HISTORY} WHERE ${where} ORDER BY t.incarnation DESC, t.version DESC LIMIT ${limit}) AS t
      ) AS t
     WHERE t.before < ${PAGE_BYTES}
     ORDER BY t.incarnation DESC, t.version DESC`;
}

/** One version. */
export function selectVersion(where: string): string {
  return `SELECT ${COLUMNS} FROM ${HISTORY} WHERE t.profile IS NOT NULL AND ${where}`;
}

/** What was there at a moment; nothing when that is hidden or was a deregistration: an older version never takes its place. */
export function selectMoment(where: string, at: string): string {
  return `
    SELECT ${COLUMNS}
      FROM (SELECT t.* FROM ${HISTORY} WHERE t."changedAt" <= ${at}::timestamptz
             ORDER BY t."changedAt" DESC, t.incarnation DESC, t.version DESC LIMIT 1) AS t
     WHERE t.profile IS NOT NULL AND ${where}`;
}
