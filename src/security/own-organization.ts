import { type OrganizationId, parseOrganizationId } from '../kernel/ids.js';
import { DomainError } from '../problems/domain-error.js';
import { organizationOf, type Principal } from './principal.js';

/** Stands for the caller's own organization wherever an organization's id is asked for; no organization has it for an id. */
export const OWN_ORGANIZATION = 'me';

/**
 * The organization that the caller names by its id, or as `me`.
 * @throws DomainError `not-found` for `me` said by an operator; InvalidId
 */
export function namedOrganization(principal: Principal, id: string): OrganizationId {
  if (id !== OWN_ORGANIZATION) return parseOrganizationId(id);
  const own = organizationOf(principal);
  if (own !== undefined) return own;
  throw new DomainError('not-found', 'An operator belongs to no organization: name one by its id instead of "me".');
}
