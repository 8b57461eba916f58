import { DomainError } from '../../problems/domain-error.js';
import type { OrganizationPrincipal, Principal } from '../../security/principal.js';

const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;

/**
 * Sets belong to organizations.
 * @throws DomainError `forbidden`
 */
export function requireSetOwner(principal: Principal): OrganizationPrincipal {
  if (principal.kind === 'organization') return principal;
  throw new DomainError('forbidden', 'Sets of twins belong to organizations: only an organization has them.');
}

/**
 * The name of a set.
 * @throws DomainError `validation-failed`
 */
export function parseSetName(name: string): string {
  if (NAME.test(name)) return name;
  throw new DomainError(
    'validation-failed',
    'The name of a set has 1 to 63 lower-case letters, digits, dots, underscores and hyphens, starting with a letter or digit.',
  );
}
