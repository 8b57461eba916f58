import { isMembers, listOf, memberOf, type Members, pointTo, textOf } from '../json-members.js';
import type { ModelDraft } from '../model-draft.js';
import { carriesCredentials, refuseSecret } from '../secrets-in-documents.js';

/** Members of a security scheme that would be the credential itself. `name`, `in`, `token` (an address) and the like only describe. */
const SECRET = /^(password|passwd|secret|client_?secret|credentials?|api_?key|access_?token|bearer|private_?key|key|value)$/i;
const IRI = /^[A-Za-z][A-Za-z0-9+.-]{0,30}:[^\s<>"{}|\\^`]{1,1000}$/;
const LATITUDE = ['latitude', 'lat', 'geo:lat', 'schema:latitude'];
const LONGITUDE = ['longitude', 'long', 'lng', 'lon', 'geo:long', 'schema:longitude'];

/** Security schemes say how to authenticate, which is agreed apart; a credential itself is refused. */
export function readSecurity(document: Members, draft: ModelDraft): void {
  const definitions = memberOf(document, 'securityDefinitions');
  for (const [name, scheme] of isMembers(definitions) ? Object.entries(definitions) : []) {
    const pointer = pointTo('', 'securityDefinitions', name);
    if (!isMembers(scheme)) {
      draft.notes.unmapped(pointer, 'Not a security scheme.');
      continue;
    }
    for (const [member, value] of Object.entries(scheme)) {
      if (SECRET.test(member) && value !== '' && (typeof value === 'string' || isMembers(value))) refuseSecret(pointTo(pointer, member));
      if (typeof value === 'string' && carriesCredentials(value)) refuseSecret(pointTo(pointer, member));
    }
    if (textOf(scheme, 'scheme') !== 'nosec') {
      draft.notes.unmapped(pointer, 'How to authenticate is no part of a profile; credentials are given to the broker apart.');
    }
  }
}

/** License and other links. */
export function readLinks(document: Members, draft: ModelDraft): void {
  for (const [index, link] of listOf(document, 'links').entries()) {
    const pointer = pointTo('', 'links', index);
    const href = isMembers(link) ? textOf(link, 'href') : undefined;
    if (href !== undefined && carriesCredentials(href)) refuseSecret(pointTo(pointer, 'href'));
    const isLicense = isMembers(link) && textOf(link, 'rel') === 'license';
    if (isLicense && href !== undefined && IRI.test(href)) draft.accessTerms({ license: href });
    else draft.notes.unmapped(pointer, 'A link of this relation has no place in a profile.');
  }
}

function coordinate(place: Members, names: readonly string[]): number | undefined {
  const found = names.map((name) => memberOf(place, name)).find((value) => value !== undefined);
  const number = typeof found === 'string' && found.trim() !== '' ? Number(found) : found;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/** Where the thing is: a TD has no term of its own for it, so the usual ones are looked for. Returns the member that was taken. */
export function readPlace(document: Members, draft: ModelDraft): string | undefined {
  for (const name of ['location', 'geolocation', 'geo', 'schema:geo', 'geo:location', 'position']) {
    const value = memberOf(document, name);
    if (!isMembers(value)) continue;
    if (memberOf(value, 'coordinates') !== undefined) return draft.area(value, pointTo('', name)) ? name : undefined;
    const [longitude, latitude] = [coordinate(value, LONGITUDE), coordinate(value, LATITUDE)];
    if (longitude === undefined || latitude === undefined) continue;
    return draft.area({ type: 'Point', coordinates: [longitude, latitude] }, pointTo('', name)) ? name : undefined;
  }
  const [longitude, latitude] = [coordinate(document, LONGITUDE), coordinate(document, LATITUDE)];
  if (longitude !== undefined && latitude !== undefined) draft.area({ type: 'Point', coordinates: [longitude, latitude] }, '');
  return undefined;
}

/** Names of the members in which {@link readPlace} looks for coordinates at the top. */
export const PLACE_MEMBERS: readonly string[] = [...LATITUDE, ...LONGITUDE];

/** What a directory said of its registration: only the time to live is of use here. */
export function readRegistration(document: Members, draft: ModelDraft): void {
  const registration = memberOf(document, 'registration');
  if (!isMembers(registration)) return;
  for (const [name, value] of Object.entries(registration)) {
    const pointer = pointTo('', 'registration', name);
    if (name === 'ttl') draft.lease(value, pointer);
    else draft.notes.unmapped(pointer, 'The broker keeps its own account of the registration.');
  }
}
