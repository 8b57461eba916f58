import type { TwinId } from '../kernel/ids.js';

/** What the adaptor has to know of a feature. */
export interface ProfiledFeature {
  readonly kind: 'data' | 'function';
  readonly name: string;
  readonly version: string;
}

/** One side of a connection, as AP-FE compares it with the other. */
export interface AdaptationProfile {
  readonly twin: TwinId;
  readonly features: readonly ProfiledFeature[];
}

/** A named step with its parameters, readable by people. */
export interface AdaptationStep {
  readonly name: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** A feature of the connection: who offers it, who uses it, in which version. */
export interface PlannedFeature extends ProfiledFeature {
  /** The twin whose feature it is. */
  readonly twin: TwinId;
  /** The twin on the other side. */
  readonly peer: TwinId;
}

/**
 * What the adaptor does to every message of a connection (AP-FE of Y.4489; the content is ours, grade P): the steps in their order.
 * Without steps, messages pass unchanged.
 */
export interface AdaptationPlan {
  /** Counts the plans of one connection, from 1; a message keeps the version it was accepted under. */
  readonly version: number;
  readonly steps: readonly AdaptationStep[];
  readonly features: readonly PlannedFeature[];
}
