import { graceSeconds, REGISTRATION_MOVES, REGISTRATION_STATUSES, targetsOf, toleranceSeconds } from './registration-status.js';

describe('the transition table of registrations', () => {
  const allowed = REGISTRATION_STATUSES.flatMap((status) =>
    REGISTRATION_MOVES.flatMap((move) => targetsOf(status, move).map((target) => `${status} ${move} ${target}`)),
  );

  it('allows exactly these moves', () => {
    expect(allowed).toEqual([
      'ACTIVE lapse STALE',
      'ACTIVE renew ACTIVE',
      'ACTIVE suspend SUSPENDED',
      'ACTIVE deregister DEREGISTERED',
      'STALE expire EXPIRED',
      'STALE renew ACTIVE',
      'STALE renew STALE',
      'STALE suspend SUSPENDED',
      'STALE deregister DEREGISTERED',
      'EXPIRED renew ACTIVE',
      'EXPIRED renew STALE',
      'EXPIRED suspend SUSPENDED',
      'EXPIRED deregister DEREGISTERED',
      'SUSPENDED renew SUSPENDED',
      'SUSPENDED resume ACTIVE',
      'SUSPENDED resume STALE',
      'SUSPENDED resume EXPIRED',
      'SUSPENDED deregister DEREGISTERED',
      'DEREGISTERED register ACTIVE',
    ]);
  });

  it('keeps a suspended twin suspended when its lease is renewed', () => {
    expect(targetsOf('SUSPENDED', 'renew')).toEqual(['SUSPENDED']);
  });

  it('tolerates a renewal that is late by a quarter of the lease, up to five minutes', () => {
    expect([5, 60, 3600].map(toleranceSeconds)).toEqual([1, 15, 300]);
  });

  it('gives a stale twin another lease time to come back, at least a minute', () => {
    expect([5, 60, 3600].map(graceSeconds)).toEqual([60, 60, 3600]);
  });
});
