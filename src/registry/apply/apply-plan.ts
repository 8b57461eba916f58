import { fingerprint } from '../../kernel/canonical-json.js';
import type { OrganizationId } from '../../kernel/ids.js';
import type { DomainError } from '../../problems/domain-error.js';
import type { Difference } from './profile-difference.js';

/**
 * What applying does to one twin. `create`: registers it. `change`: makes a new version, or another lease. `nothing`: it is as the profile says.
 * `remove`: it was in the set and is not in the profiles any more. `keep`: the same, but the caller asked not to remove. `refused`: see its problem.
 */
export const PLAN_ACTIONS = ['create', 'change', 'nothing', 'remove', 'keep', 'refused'] as const;
export type PlanAction = (typeof PLAN_ACTIONS)[number];

/** One twin of a plan. */
export interface PlanItem {
  /** Absent when the profile held none that could be read. */
  readonly id?: string;
  readonly action: PlanAction;
  /** Place of the profile in the body; absent for what is not in it. */
  readonly pointer?: string;
  /** The twin was registered by hand, or is of the set named here, and comes into this set. */
  readonly adoptedFrom?: { readonly set?: string };
  readonly difference?: Difference;
  /** Incarnation and version that the plan begins with; absent for a twin that is not registered. */
  readonly base?: string;
  /** Digest of the profile and lease asked for. */
  readonly target?: string;
  readonly refusal?: DomainError;
}

/** How many twins each action concerns. */
export type PlanCounts = Readonly<Record<PlanAction, number>>;

/** What applying some profiles to a set does, or would do. */
export interface ApplyPlan {
  readonly set: string;
  /** Names this plan: the same digest, the same changes from the same versions. */
  readonly digest: string;
  readonly counts: PlanCounts;
  /** In the order of the ids; refused profiles without an id come first. */
  readonly items: readonly PlanItem[];
}

/** What a caller asks of an application. */
export interface ApplyOptions {
  /** Tell what would be done, and do nothing. */
  readonly dryRun: boolean;
  /** Remove twins of the set that are not among the profiles. */
  readonly prune: boolean;
  /** Take over twins that were registered by hand or are of another set. */
  readonly adopt: boolean;
  /** Make changes that break connections, too. */
  readonly force: boolean;
  /** Digest of the plan that must still be the one. */
  readonly plan?: string;
}

/** Counts and digest of what was found out for each twin. */
export function planOf(organization: OrganizationId, set: string, items: readonly PlanItem[]): ApplyPlan {
  const ordered = [...items].sort((one, other) => compare(one.id ?? '', other.id ?? ''));
  const counts = { create: 0, change: 0, nothing: 0, remove: 0, keep: 0, refused: 0 } satisfies Record<PlanAction, number>;
  for (const { action } of ordered) counts[action] += 1;
  // What stays as it is takes no version into the digest: others may renew and describe it meanwhile without making this another plan.
  const essence = ordered.map(({ id, action, base, target, adoptedFrom, refusal }) => [
    id ?? null,
    action,
    action === 'nothing' || action === 'keep' ? null : (base ?? null),
    target ?? null,
    adoptedFrom === undefined ? null : (adoptedFrom.set ?? ''),
    refusal?.code ?? null,
  ]);
  return { set, digest: fingerprint([organization, set, essence]).toString('base64url'), counts, items: ordered };
}

/** Whether applying the plan would do anything. */
export function hasChanges({ counts, items }: ApplyPlan): boolean {
  return counts.create + counts.change + counts.remove > 0 || items.some((item) => item.adoptedFrom !== undefined);
}

/** Digest of the profiles of a set, whatever their order. */
export function digestOfTargets(items: readonly PlanItem[]): string {
  const targets = items.flatMap(({ id, target }) => (id === undefined || target === undefined ? [] : [[id, target]]));
  return fingerprint(targets.sort(([one = ''], [other = '']) => compare(one, other))).toString('base64url');
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
