import type { Preconditions, Revision } from '../../kernel/revision.js';
import { DomainError } from '../../problems/domain-error.js';
import { matches } from '../../problems/entity-tag.js';

/** The revision of a term: its versions go on through removal and return. */
export function termRevision({ version }: { version: number }): Revision {
  return { incarnation: 1, version };
}

/** @throws DomainError `precondition-failed` when the thing is not as the caller expects it */
export function refuseUnlessExpected(stored: Revision | undefined, { expected, absent }: Preconditions): void {
  if (expected !== undefined && (stored === undefined || !matches(stored, expected))) {
    throw new DomainError(
      'precondition-failed',
      'It is not in the state that If-Match names: read it again and repeat the change on that.',
    );
  }
  if (absent === true && stored !== undefined) {
    throw new DomainError('precondition-failed', 'It exists already, and If-None-Match: * asked for it not to.');
  }
}
