/** SQL that follows twins from one organization to another; $1 is the twin, $2 its new organization. Past memberships stay as they were. */

/** Rides federation_pkey by federation_member_by_twin: the initiator is a member, too. */
export const FEDERATIONS_OF_TWIN = `
  UPDATE federation SET initiator_organization = $2
   WHERE initiator = $1 AND initiator_organization <> $2
     AND id IN (SELECT federation_id FROM federation_member WHERE twin = $1 AND state IN ('INVITED', 'REQUESTED', 'JOINED'))
  RETURNING id`;

/** Rides federation_member_by_twin. */
export const MEMBERSHIPS_OF_TWIN = `
  UPDATE federation_member SET organization = $2 WHERE twin = $1 AND state IN ('INVITED', 'REQUESTED', 'JOINED')
  RETURNING federation_id AS "federationId", role, state`;

/** Rides connection_by_requester and connection_by_responder. */
export const CONNECTIONS_OF_TWIN = `
  UPDATE connection SET requester_organization = CASE WHEN requester = $1 THEN $2 ELSE requester_organization END,
    responder_organization = CASE WHEN responder = $1 THEN $2 ELSE responder_organization END
   WHERE requester = $1 OR responder = $1
  RETURNING id, state, federation_id AS "federationId", requester, responder, plan_version AS "planVersion", reason`;

/** Open federations that an organization ($1) leads. Rides federation_by_organization. */
export const FEDERATIONS_LED = `
  SELECT id FROM federation WHERE initiator_organization = $1 AND state NOT IN ('DISSOLVING', 'DISSOLVED') ORDER BY id LIMIT $2`;

/** What an organization ($1) has. Rides federation_by_organization, federation_member_by_organization and the connections' indexes by organization. */
export const COUNT_BELONGINGS = `
  SELECT (SELECT count(*)::integer FROM federation WHERE initiator_organization = $1 AND state NOT IN ('DISSOLVING', 'DISSOLVED')) AS federations,
         (SELECT count(*)::integer FROM federation_member WHERE organization = $1 AND state IN ('INVITED', 'REQUESTED', 'JOINED')) AS memberships,
         (SELECT count(*)::integer FROM connection WHERE (requester_organization = $1 OR responder_organization = $1)
             AND state NOT IN ('REJECTED', 'EXPIRED', 'RELEASED')) AS connections`;
