import type { JWTPayload } from 'jose';
import { parseOrganizationId, parseTwinId } from '../kernel/ids.js';
import type { Principal } from './principal.js';

/** Media type of the tokens, after RFC 9068 §2.1: keeps any other JWT signed with the same key from being taken for an access token. */
export const TOKEN_TYPE = 'at+jwt';

/** The only signature algorithm that is used or accepted: Ed25519. */
export const TOKEN_ALGORITHM = 'EdDSA';

/** The claims that say whom the token speaks for; `sub` and `client_id` are both the client id (RFC 9068 §2.2). */
export function claimsOf(principal: Principal): Record<string, string> {
  const claims = { client_id: principal.subject, kind: principal.kind };
  switch (principal.kind) {
    case 'operator':
      return claims;
    case 'organization':
      return { ...claims, org: principal.organization };
    case 'twin':
      return { ...claims, org: principal.organization, twin: principal.twin };
  }
}

/** The principal that verified claims speak for; undefined when they are not of a token of ours. Throws `InvalidId` on a malformed id. */
export function principalOf(claims: JWTPayload): Principal | undefined {
  const { kind, client_id: subject } = claims;
  if (typeof subject !== 'string' || subject !== claims.sub) return undefined;
  switch (kind) {
    case 'operator':
      return { kind, subject };
    case 'organization':
      return { kind, organization: parseOrganizationId(claims.org), subject };
    case 'twin':
      return { kind, organization: parseOrganizationId(claims.org), twin: parseTwinId(claims.twin), subject };
    default:
      return undefined;
  }
}
