/**
 * States of a registration (ours, graded P). ACTIVE: the twin has no lease or keeps it. STALE: it missed its lease and the tolerance. EXPIRED: it stayed away
 * for the grace time as well. SUSPENDED: an operator holds it back while its lease runs on. DEREGISTERED: only the tombstone is left.
 */
export const REGISTRATION_STATUSES = ['ACTIVE', 'STALE', 'EXPIRED', 'SUSPENDED', 'DEREGISTERED'] as const;
export type RegistrationStatus = (typeof REGISTRATION_STATUSES)[number];

/** The states in which a twin can be read; a tombstone is as good as unknown. */
export const LIVE_STATUSES = ['ACTIVE', 'STALE', 'EXPIRED', 'SUSPENDED'] as const satisfies readonly RegistrationStatus[];
export type LiveStatus = (typeof LIVE_STATUSES)[number];

/** What moves a registration: the sweeper lapses and expires it, its owner renews and deregisters it, an operator suspends and resumes it. */
export const REGISTRATION_MOVES = ['lapse', 'expire', 'renew', 'suspend', 'resume', 'deregister', 'register'] as const;
export type RegistrationMove = (typeof REGISTRATION_MOVES)[number];

/**
 * Where a move may lead. Renewing a suspended twin moves its lease, not its state; resuming leads to where the lease stands by then. Renewing on
 * probation leads to STALE until the twin has been steady.
 */
const TRANSITIONS: Readonly<Record<RegistrationStatus, Partial<Record<RegistrationMove, readonly RegistrationStatus[]>>>> = {
  ACTIVE: { renew: ['ACTIVE'], lapse: ['STALE'], suspend: ['SUSPENDED'], deregister: ['DEREGISTERED'] },
  STALE: { renew: ['ACTIVE', 'STALE'], expire: ['EXPIRED'], suspend: ['SUSPENDED'], deregister: ['DEREGISTERED'] },
  EXPIRED: { renew: ['ACTIVE', 'STALE'], suspend: ['SUSPENDED'], deregister: ['DEREGISTERED'] },
  SUSPENDED: { renew: ['SUSPENDED'], resume: ['ACTIVE', 'STALE', 'EXPIRED'], deregister: ['DEREGISTERED'] },
  DEREGISTERED: { register: ['ACTIVE'] },
};

/** The states a move may lead to from `status`; empty when it cannot be made there. */
export function targetsOf(status: RegistrationStatus, move: RegistrationMove): readonly RegistrationStatus[] {
  return TRANSITIONS[status][move] ?? [];
}

/** The shortest time, in seconds, that a stale twin has until it expires; longer leases give as much again. */
export const SHORTEST_GRACE_SECONDS = 60;
/** How late a renewal may come unless the lease says otherwise: a share of the lease, up to this many seconds. */
export const DEFAULT_TOLERANCE = { divisor: 4, mostSeconds: 300 } as const;
/** Bounds of a lease's own tolerance, in seconds. */
export const TOLERANCE_SECONDS = { min: 0, max: 604_800 } as const;
/** A twin that lapses again within so many of its leases after it came back is flapping. */
export const FLAP_LEASES = 5;
/** Bounds of a lease, in seconds. */
export const LEASE_SECONDS = { min: 5, max: 31_536_000 } as const;

/** Seconds that a renewal may be late without the twin going stale, when the lease does not say. */
export function toleranceSeconds(ttlSeconds: number): number {
  return Math.min(Math.trunc(ttlSeconds / DEFAULT_TOLERANCE.divisor), DEFAULT_TOLERANCE.mostSeconds);
}

/** Seconds between going stale and expiring. */
export function graceSeconds(ttlSeconds: number): number {
  return Math.max(ttlSeconds, SHORTEST_GRACE_SECONDS);
}
