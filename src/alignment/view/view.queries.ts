const COLUMNS = `v.id, v.organization, v.definition, v.first_version AS "firstVersion", v.version, v.brought_feature AS "broughtFeature", v.slot, v.created_at AS "createdAt",
  v.changed_at AS "changedAt"`;

/** One view. Rides alignment_view_pkey. */
export const FIND_VIEW = `SELECT ${COLUMNS} FROM alignment_view v WHERE v.id = $1`;

/** One view, locked until the transaction ends. Rides alignment_view_pkey. */
export const LOCK_VIEW = `${FIND_VIEW} FOR UPDATE`;

/** A page of views by id: of an organization ($1), or of all (null); $2 after, $3 limit, $4 of a federation, $5 of a host. Rides alignment_view_by_organization or its key. */
export const LIST_VIEWS = `SELECT ${COLUMNS} FROM alignment_view v
  WHERE ($1::text IS NULL OR v.organization = $1) AND v.id > $2 AND ($4::text IS NULL OR v.federation_id = $4)
    AND ($5::text IS NULL OR v.host = $5) ORDER BY v.id LIMIT $3`;

/** How many views an organization has. Rides alignment_view_by_organization. */
export const COUNT_VIEWS = 'SELECT count(*)::integer AS count FROM alignment_view WHERE organization = $1';

/** The views in some slots of leases. Rides alignment_view_by_slot. */
export const VIEWS_IN_SLOTS = `SELECT ${COLUMNS} FROM alignment_view v WHERE v.slot = ANY ($1::smallint[]) ORDER BY v.slot, v.id`;

/** Versions go on from those of a former view of this id whose slots are still there. Rides alignment_view_pkey, alignment_view_one_per_feature, view_slot_pkey. */
export const INSERT_VIEW = `
  INSERT INTO alignment_view AS v (id, organization, federation_id, host, feature, definition, first_version, version, brought_feature, slot,
                                   created_at, changed_at)
  SELECT $1, $2, $3, $4, $5, $6::json, n.first, n.first, $7, $8, clock_timestamp(), clock_timestamp()
    FROM (SELECT coalesce(max(s.version), 0) + 1 AS first FROM view_slot s WHERE s.view_id = $1) n
  RETURNING ${COLUMNS}`;

/** Rides alignment_view_pkey. */
export const CHANGE_VIEW = `
  UPDATE alignment_view v SET federation_id = $2, host = $3, feature = $4, definition = $5::json, brought_feature = $6, version = v.version + 1,
         changed_at = clock_timestamp()
   WHERE v.id = $1 RETURNING ${COLUMNS}`;

/** Rides alignment_view_pkey. */
export const DELETE_VIEW = 'DELETE FROM alignment_view WHERE id = $1';

/** The views of a twin that has another owner now. Scans the few views there are. */
export const HAND_OVER_VIEWS = 'UPDATE alignment_view SET organization = $2 WHERE host = $1 AND organization <> $2';

/** What a view remembers begins anew, with the slot that the clock is in; whoever joins it at the moment finds its version gone. Rides view_state_pkey. */
export const BEGIN_STATE = `
  INSERT INTO view_state (view_id, version, fence, origin, next_slot, watermark, figures)
  SELECT $1, $2, 0, o.origin, o.origin, o.origin, $4::jsonb
    FROM (SELECT to_timestamp(floor(extract(epoch FROM clock_timestamp()) * 1000 / $3::numeric) * $3::numeric / 1000) AS origin) o
  ON CONFLICT (view_id) DO UPDATE SET version = excluded.version, origin = excluded.origin, next_slot = excluded.next_slot,
     watermark = excluded.watermark, figures = excluded.figures, checkpoint = NULL, saved_at = NULL`;

/** Rides view_state_pkey. */
export const DELETE_STATE = 'DELETE FROM view_state WHERE view_id = $1';
