import type { OrganizationId, TwinId } from '../kernel/ids.js';
import { DomainError } from '../problems/domain-error.js';

/** Runs the broker: creates organizations, suspends. Never acts for a twin. */
export interface OperatorPrincipal {
  readonly kind: 'operator';
  /** The client id of the credential behind the token. */
  readonly subject: string;
}

/** An organization: acts for every twin that it owns. */
export interface OrganizationPrincipal {
  readonly kind: 'organization';
  readonly organization: OrganizationId;
  readonly subject: string;
}

/** A single twin: acts for itself alone. */
export interface TwinPrincipal {
  readonly kind: 'twin';
  readonly organization: OrganizationId;
  readonly twin: TwinId;
  readonly subject: string;
}

/** Who is calling, as a verified token says. */
export type Principal = OperatorPrincipal | OrganizationPrincipal | TwinPrincipal;

/** What decides who may act for a twin. */
export interface OwnedTwin {
  readonly id: TwinId;
  readonly owner: OrganizationId;
}

/** Whether the principal may act in the twin's name: its organization, or the twin itself. An operator never impersonates. */
export function actsFor(principal: Principal, twin: OwnedTwin): boolean {
  switch (principal.kind) {
    case 'operator':
      return false;
    case 'organization':
      return principal.organization === twin.owner;
    case 'twin':
      return principal.twin === twin.id && principal.organization === twin.owner;
  }
}

/**
 * Refuses unless the principal acts for the twin. The caller has already found the twin visible to the principal; one that is not is
 * `not-found`, so that nobody learns from a refusal that it exists.
 * @throws DomainError `forbidden`
 */
export function requireActsFor(principal: Principal, twin: OwnedTwin): void {
  if (actsFor(principal, twin)) return;
  const who = principal.kind === 'operator' ? 'An operator never acts for a twin' : 'The token does not act for this twin';
  throw new DomainError('forbidden', `${who}: ${twin.id} is acted for by its organization, or by itself.`);
}

/** The organization whose eyes the principal sees with; undefined for an operator, who sees everything. */
export function organizationOf(principal: Principal): OrganizationId | undefined {
  return principal.kind === 'operator' ? undefined : principal.organization;
}
