import type { OrganizationId, TwinId } from '../../kernel/ids.js';
import type { Belongings } from '../transfer/ownership-followers.js';

/** What becomes of the twins of an organization that leaves. */
export const OFFBOARDING_MODES = ['deregister', 'transfer'] as const;
export type OffboardingMode = (typeof OFFBOARDING_MODES)[number];

/** RUNNING: brokers work on it. BLOCKED: some twins could not be handed over, see `refused`. DONE: nothing is left. */
export const OFFBOARDING_STATES = ['RUNNING', 'BLOCKED', 'DONE'] as const;
export type OffboardingState = (typeof OFFBOARDING_STATES)[number];

/** How an organization is to leave; `to` belongs to `transfer`. */
export interface OffboardingOrder {
  readonly mode: OffboardingMode;
  readonly to?: OrganizationId;
}

/** A twin that could not be handed over. */
export interface RefusedTwin {
  readonly twin: TwinId;
  readonly detail: string;
}

/** An offboarding as it stands. */
export interface Offboarding {
  readonly organization: OrganizationId;
  readonly mode: OffboardingMode;
  readonly to: OrganizationId | null;
  readonly state: OffboardingState;
  readonly requestedBy: string;
  readonly startedAt: Date;
  readonly updatedAt: Date;
  readonly finishedAt: Date | null;
  /** Id of the last twin that was looked at. */
  readonly position: string;
  readonly deregistered: number;
  readonly transferred: number;
  /** Federations that it led. */
  readonly dissolved: number;
  /** The first of them. */
  readonly refused: readonly RefusedTwin[];
  /** Twins that it still has. */
  readonly remaining: number;
}

/** What an offboarding would touch. */
export interface OffboardingPlan {
  readonly organization: OrganizationId;
  readonly order: OffboardingOrder;
  readonly twins: number;
  readonly sets: number;
  readonly vocabularies: number;
  readonly schemas: number;
  readonly offers: number;
  readonly credentials: number;
  /** What modules above the registry count: federations it leads, memberships, open connections. */
  readonly others: Belongings;
  /** Why it could not begin; undefined when it could. */
  readonly obstacle?: string;
}
