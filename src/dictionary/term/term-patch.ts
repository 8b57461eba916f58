import { canonicalJson } from '../../kernel/canonical-json.js';
import { mergePatch } from '../../kernel/merge-patch.js';
import { toTermDto } from '../dto/term.dto.js';
import { isMembers, SubmissionPlaces } from './submission-places.js';
import { TERM_MEMBERS } from './term-submission.js';
import type { TermRecord } from './term.js';

const READ_ONLY = ['iri', 'vocabulary', 'narrower', 'version', 'createdAt', 'updatedAt'];

/**
 * What a term says after an RFC 7396 merge patch of it as it is shown, so that a client may send back what it read; still to be checked.
 * @throws DomainError `validation-failed` for what is no patch, or changes what is read-only
 */
export function mergeIntoTerm(term: TermRecord, patch: unknown): Record<string, unknown> {
  const places = new SubmissionPlaces();
  if (!isMembers(patch)) places.note('', 'must be a JSON object holding a merge patch');
  places.settle();
  const shown: Record<string, unknown> = { ...toTermDto(term) };
  const merged = mergePatch(shown, patch) as Record<string, unknown>;
  for (const name of READ_ONLY) {
    if (!Object.hasOwn(merged, name) || canonicalJson(merged[name]) !== canonicalJson(shown[name])) places.note(`/${name}`, 'is read-only');
  }
  for (const name of Object.keys(merged)) {
    const known = READ_ONLY.includes(name) || TERM_MEMBERS.some((member) => member === name);
    if (!known) places.note(`/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, 'is not a known member here');
  }
  places.settle();
  return Object.fromEntries(Object.entries(merged).filter(([name]) => !READ_ONLY.includes(name)));
}
