import { DomainError } from '../../problems/domain-error.js';
import type { Principal } from '../../security/principal.js';
import type { VocabularyRecord } from './term.js';

/** IRIs that belong to the product itself. */
export const OWN_NAMESPACE = 'urn:twinfed:';

/** Whether the principal may change the vocabulary and its terms: its steward's organization, or an operator. */
export function isSteward(principal: Principal, vocabulary: Pick<VocabularyRecord, 'steward'>): boolean {
  if (principal.kind === 'operator') return true;
  return principal.kind === 'organization' && principal.organization === vocabulary.steward;
}

/** @throws DomainError `forbidden` */
export function requireSteward(principal: Principal, vocabulary: Pick<VocabularyRecord, 'id' | 'steward'>): void {
  if (isSteward(principal, vocabulary)) return;
  const who = vocabulary.steward === undefined ? 'It is built in: operators change it' : `Its steward ${vocabulary.steward} does`;
  const twin = principal.kind === 'twin' ? ' A token of a single twin changes no term; use its organization’s.' : '';
  throw new DomainError('forbidden', `The caller may not change the vocabulary ${vocabulary.id}. ${who}.${twin}`);
}
