import { DomainError } from './domain-error.js';
import type { Preconditions, Revision } from '../kernel/revision.js';

const TAG = /\s*(W\/)?"([\x21\x23-\x7E\x80-\xFF]*)"\s*(?:,|$)/y;
const OWN = /^([1-9]\d{0,9})-([1-9a-z][0-9a-z]{0,6})$/;

/** The strong ETag of a revision (RFC 9110 §8.8.3). Renewals and status changes leave it alone. */
export function entityTag(revision: Revision): string {
  return `"${revision.version}-${revision.incarnation.toString(36)}"`;
}

/** The tags of an If-Match or If-None-Match header; `*` stands alone. Tags that were never ours are left out, as they match nothing. */
function readTags(header: string, value: string, weak: boolean): 'any' | Revision[] {
  if (value.trim() === '*') return 'any';
  const revisions: Revision[] = [];
  for (TAG.lastIndex = 0; TAG.lastIndex < value.length;) {
    const tag = TAG.exec(value);
    if (!tag) throw new DomainError('validation-failed', `The header ${header} is not "*" or a list of quoted entity tags.`);
    const own = OWN.exec(tag[2] ?? '');
    if (own && (weak || tag[1] === undefined)) revisions.push({ version: Number(own[1]), incarnation: Number.parseInt(own[2] ?? '', 36) });
  }
  return revisions;
}

/**
 * Reads the conditions of a request that changes something (RFC 9110 §13.1). If-Match compares strongly; If-None-Match as `*`, and,
 * where `tags` says so, with entity tags, which compare weakly.
 * @throws DomainError `validation-failed` for headers that cannot be read, `precondition-required` when If-Match is missing where required
 */
export function readPreconditions(headers: { ifMatch?: string; ifNoneMatch?: string }, required = false, tags = false): Preconditions {
  if (required && headers.ifMatch === undefined) {
    throw new DomainError(
      'precondition-required',
      'Send If-Match with the ETag of the state you read, so that nobody else’s change is lost; If-Match: * changes whatever is there.',
    );
  }
  const excluded = headers.ifNoneMatch === undefined ? undefined : readTags('If-None-Match', headers.ifNoneMatch, true);
  const unexpected = excluded === 'any' ? undefined : excluded;
  if (unexpected !== undefined && !tags) {
    throw new DomainError('validation-failed', 'The header If-None-Match is supported as "*" only when something is to be changed.');
  }
  return {
    expected: headers.ifMatch === undefined ? undefined : readTags('If-Match', headers.ifMatch, false),
    absent: excluded === 'any',
    ...(unexpected === undefined ? {} : { unexpected }),
  };
}

/** Whether a reader who sent this If-None-Match has the revision already. */
export function isKnown(revision: Revision, ifNoneMatch: string | undefined): boolean {
  if (ifNoneMatch === undefined) return false;
  return matches(revision, readTags('If-None-Match', ifNoneMatch, true));
}

/** Whether the revision is among those expected. */
export function matches(revision: Revision, expected: 'any' | readonly Revision[]): boolean {
  return expected === 'any' || expected.some((other) => other.version === revision.version && other.incarnation === revision.incarnation);
}
