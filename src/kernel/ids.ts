import { randomUUID } from 'node:crypto';

/**
 * Branded identifiers. A string becomes one of these only through its `parse…` function, at the edge of the system; inside, the
 * type is the proof. All ids but an organization's are URIs chosen by their owner or minted as `urn:uuid:`.
 */
declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** A digital twin (Y.4224-2: unique identification of the twin). */
export type TwinId = Branded<'TwinId'>;
/** A federation of twins. */
export type FederationId = Branded<'FederationId'>;
/** A connection between two members of a federation. */
export type ConnectionId = Branded<'ConnectionId'>;
/** An organization that owns twins: a slug, because people type it. */
export type OrganizationId = Branded<'OrganizationId'>;

/** The longest URI accepted as an id, in characters. */
export const MAX_ID_LENGTH = 512;

/** The text is not an id of the kind asked for. `detail` names the rule that was broken. */
export class InvalidId extends Error {
  constructor(readonly detail: string) {
    super(detail);
    this.name = 'InvalidId';
  }
}

// RFC 3986: a scheme, then only characters that may stand in a URI (IRIs must come percent-encoded).
const URI = /^[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+$/;
const SLUG = /^[a-z0-9][a-z0-9-]{0,62}$/;

/**
 * A URI of 1 to {@link MAX_ID_LENGTH} characters with a scheme and no raw space, control or non-ASCII character.
 * @throws InvalidId naming the broken rule
 */
export function parseUriId(value: unknown): string {
  if (typeof value !== 'string' || value === '') throw new InvalidId('must be a non-empty string holding a URI');
  if (value.length > MAX_ID_LENGTH) throw new InvalidId(`must have at most ${MAX_ID_LENGTH} characters`);
  if (!URI.test(value)) {
    throw new InvalidId(
      'must be a URI with a scheme (such as urn:example:twin:traffic), without raw spaces, controls or non-ASCII characters',
    );
  }
  return value;
}

/** @throws InvalidId */
export function parseTwinId(value: unknown): TwinId {
  return parseUriId(value) as TwinId;
}

/** @throws InvalidId */
export function parseFederationId(value: unknown): FederationId {
  return parseUriId(value) as FederationId;
}

/** @throws InvalidId */
export function parseConnectionId(value: unknown): ConnectionId {
  return parseUriId(value) as ConnectionId;
}

/** @throws InvalidId */
export function parseOrganizationId(value: unknown): OrganizationId {
  if (typeof value !== 'string' || !SLUG.test(value)) {
    throw new InvalidId('must be 1 to 63 lower-case letters, digits and hyphens, starting with a letter or digit');
  }
  return value as OrganizationId;
}

/** A fresh `urn:uuid:` (version 4) for a thing whose owner brought no URI. */
export function mintUrn(): string {
  return `urn:uuid:${randomUUID()}`;
}
