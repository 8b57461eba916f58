import type { TwinId } from '../../kernel/ids.js';
import type { Principal } from '../../security/principal.js';

/** What is checked before a twin goes live (ours, graded P). */
export const READINESS_CHECKS = ['registration', 'credential', 'endpoint', 'sample', 'round-trip'] as const;
export type ReadinessCheckName = (typeof READINESS_CHECKS)[number];

/** `skipped`: there was nothing to check, or the caller did not want it. */
export const READINESS_OUTCOMES = ['passed', 'failed', 'skipped'] as const;
export type ReadinessOutcome = (typeof READINESS_OUTCOMES)[number];

/** One check and how it went. */
export interface ReadinessCheck {
  readonly name: ReadinessCheckName;
  /** What was checked, where there are several: the endpoint's URL, the feature's name. */
  readonly subject?: string;
  readonly outcome: ReadinessOutcome;
  /** What was found, for people. */
  readonly detail: string;
  /** What to do about it. */
  readonly remedy?: string;
}

/** Injection token of {@link TwinInbox}. */
export const TWIN_INBOX = Symbol('TwinInbox');

/** What the readiness check must know of the exchange, which lies above; bound in the composition root. */
export interface TwinInbox {
  /** JSON text of the last value that the twin published of a data feature. */
  lastValue(principal: Principal, twin: TwinId, feature: string): Promise<string | undefined>;
  /** Puts a NOTIFY of the registry into the twin's inbox and waits until it is settled; false when it was not within `waitMs`. */
  roundTrip(twin: TwinId, waitMs: number, signal?: AbortSignal): Promise<boolean>;
}
