import type { FederationId, OrganizationId, TwinId } from '../../kernel/ids.js';
import type { Principal } from '../../security/principal.js';

/** A feature by which a candidate was found, as it was then. */
export interface CandidateFeature {
  readonly kind: 'data' | 'function';
  readonly name: string;
  readonly version: string;
}

/** One twin of a candidate set, as it was when it was found. */
export interface Candidate {
  readonly twin: TwinId;
  readonly incarnation: number;
  readonly version: number;
  /** By relevance. */
  readonly score?: number;
  /** By distance. */
  readonly meters?: number;
  readonly features: readonly CandidateFeature[];
}

/** A search kept for a federation, and what it found (Y.4489 CFIM-FE; behaviour graded P). */
export interface CandidateSet {
  readonly federationId: FederationId;
  readonly name: string;
  /** The search as it was asked. */
  readonly search: Readonly<Record<string, unknown>>;
  /** In whose name it was run. */
  readonly organization: OrganizationId;
  /** The twin that ran it; null: its organization. */
  readonly twin: TwinId | null;
  /** Before what was found was looked for, by the database's clock. */
  readonly foundAt: Date;
}

/** How features of a candidate differ from what was kept, by name; of two kinds of one name, each counts for itself. */
export interface FeatureDifference {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/**
 * Whether the principal knows what is kept, though it may not see the twin any more: it is the one who found it, or the organization whose twin did. An
 * operator sees everything.
 */
export function knows(principal: Principal, { organization, twin }: CandidateSet): boolean {
  if (principal.kind === 'operator') return true;
  if (principal.organization !== organization) return false;
  return principal.kind === 'organization' || principal.twin === twin;
}

/** The difference between the features that were kept and today's. */
export function compareFeatures(kept: readonly CandidateFeature[], today: readonly CandidateFeature[]): FeatureDifference {
  const key = ({ kind, name }: CandidateFeature): string => `${kind} ${name}`;
  const before = new Map(kept.map((feature) => [key(feature), feature.version]));
  const now = new Set(today.map(key));
  const names = (features: readonly CandidateFeature[]): string[] => [...new Set(features.map(({ name }) => name))].toSorted();
  return {
    added: names(today.filter((feature) => !before.has(key(feature)))),
    changed: names(today.filter((feature) => before.has(key(feature)) && before.get(key(feature)) !== feature.version)),
    removed: names(kept.filter((feature) => !now.has(key(feature)))),
  };
}

/** What has become of a candidate. `gone`: deregistered, or no longer visible to who asks. */
export const CANDIDATE_OUTCOMES = ['unchanged', 'changed', 'noLongerMatching', 'gone'] as const;
export type CandidateOutcome = (typeof CANDIDATE_OUTCOMES)[number];

/** A candidate beside today's registry. */
export interface ComparedCandidate {
  /** Among those that the reader is shown. */
  readonly rank: number;
  readonly twin: TwinId;
  readonly outcome: CandidateOutcome;
  /** Today's; absent of one that is gone. */
  readonly incarnation?: number;
  readonly version?: number;
  /** Of one that has changed: how the features by which it is found differ. */
  readonly features?: FeatureDifference;
}

/** A set beside today's registry. */
export interface CandidateComparison {
  readonly set: CandidateSet;
  /** By the database's clock. */
  readonly comparedAt: Date;
  readonly candidates: readonly ComparedCandidate[];
  /** What the same search finds first today and did not then. */
  readonly newlyMatching: readonly Candidate[];
}

/** What has become of a candidate. Of one that is found no more, how it has changed does not matter. */
export function compareCandidate(
  kept: Candidate,
  today: (Candidate & { readonly matches: boolean }) | undefined,
): Omit<ComparedCandidate, 'rank' | 'twin'> {
  if (today === undefined) return { outcome: 'gone' };
  const { incarnation, version } = today;
  if (!today.matches) return { outcome: 'noLongerMatching', incarnation, version };
  if (incarnation === kept.incarnation && version === kept.version) return { outcome: 'unchanged', incarnation, version };
  return { outcome: 'changed', incarnation, version, features: compareFeatures(kept.features, today.features) };
}
