import type { InboxMode } from './inbox-mode.js';

/**
 * What becomes of messages beyond the limits. `refuse`: they are refused. `dropOldest`: the oldest that wait are passed over, of the least urgent lane
 * first. `coalesceLatest`: of PROVIDEs and NOTIFYs of one sender, object and ordering key only the newest is delivered; all else is refused.
 */
export const OVERFLOW_POLICIES = ['refuse', 'dropOldest', 'coalesceLatest'] as const;
export type OverflowPolicy = (typeof OVERFLOW_POLICIES)[number];

/** How much may wait in an inbox; each without a value is no limit. */
export interface InboxLimits {
  maxMessages?: number;
  /** Envelopes and payloads, in bytes of JSON text. */
  maxBytes?: number;
  /** What waited longer is passed over, in seconds. */
  maxAgeSeconds?: number;
}

/** How an inbox is run. */
export interface InboxSettings {
  mode: InboxMode;
  limits: InboxLimits;
  overflow: OverflowPolicy;
}

/** An inbox about which nobody said anything. */
export const DEFAULT_SETTINGS: InboxSettings = Object.freeze({ mode: 'OPEN', limits: Object.freeze({}), overflow: 'refuse' });

/** Whether the number or size of what waits is limited, so that it has to be known at acceptance. */
export function isLimited({ limits }: InboxSettings): boolean {
  return limits.maxMessages !== undefined || limits.maxBytes !== undefined;
}
