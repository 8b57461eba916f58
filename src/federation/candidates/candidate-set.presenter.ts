import type { CandidateComparisonDto, CandidateDto, CandidateSetDto, CandidateSetSummaryDto } from './candidate-set.dto.js';
import type { Candidate, CandidateComparison, CandidateSet } from './candidate-set.js';
import type { CandidateSetView } from './candidate-set.service.js';

function toCandidateDto({ features, ...candidate }: Candidate): CandidateDto {
  return { ...candidate, features: features.map(({ kind, name, version }) => ({ kind, name, version })) };
}

/** The wire form of a set without what it holds. */
export function toCandidateSetSummaryDto({ set, isKnown }: { set: CandidateSet; isKnown: boolean }): CandidateSetSummaryDto {
  const { name, search, organization, twin, foundAt } = set;
  const foundBy = { organization, ...(isKnown && twin !== null && { twin }) };
  return { name, search, foundBy, foundAt: foundAt.toISOString() };
}

/** The wire form of a set. */
export function toCandidateSetDto(view: CandidateSetView): CandidateSetDto {
  const candidates = view.candidates.map((candidate, index) => ({ rank: index + 1, ...toCandidateDto(candidate) }));
  return { ...toCandidateSetSummaryDto(view), candidates };
}

/** The wire form of a comparison. */
export function toCandidateComparisonDto({ set, comparedAt, candidates, newlyMatching }: CandidateComparison): CandidateComparisonDto {
  return {
    name: set.name,
    foundAt: set.foundAt.toISOString(),
    comparedAt: comparedAt.toISOString(),
    candidates: candidates.map(({ features, ...each }) => ({
      ...each,
      ...(features && { features: { added: [...features.added], changed: [...features.changed], removed: [...features.removed] } }),
    })),
    newlyMatching: newlyMatching.map(toCandidateDto),
  };
}
