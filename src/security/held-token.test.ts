import { DomainError } from '../problems/domain-error.js';
import { parseOrganizationId } from '../kernel/ids.js';
import { HeldToken } from './held-token.js';
import type { TokenVerifier, VerifiedPrincipal } from './token-verifier.js';

const principal = (expiresAt: number, organization = 'city', subject = 'org_1'): VerifiedPrincipal => ({
  kind: 'organization',
  organization: parseOrganizationId(organization),
  subject,
  expiresAt,
});

/** Verifies `token` to what is in `known`, and finds every credential alive but those in `revoked`. */
class Verifier {
  readonly known = new Map<string, VerifiedPrincipal>();
  readonly revoked = new Set<string>();
  failure: Error | undefined;

  verify(token: string): Promise<VerifiedPrincipal> {
    const found = this.known.get(token);
    return found === undefined ? Promise.reject(new DomainError('unauthenticated', 'no')) : Promise.resolve(found);
  }

  recheck({ subject }: VerifiedPrincipal): Promise<void> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    return this.revoked.has(subject) ? Promise.reject(new DomainError('unauthenticated', 'revoked')) : Promise.resolve();
  }
}

describe('a token under which something stays open', () => {
  let verifier: Verifier;
  let held: HeldToken;
  beforeEach(() => {
    verifier = new Verifier();
    held = new HeldToken(principal(10_000), verifier as unknown as TokenVerifier, () => undefined);
  });

  it('ends at the moment it expires, and not before', async () => {
    await held.look(9_999);
    expect(held.signal.aborted).toBe(false);
    await held.look(10_000);
    expect(held.signal.reason).toMatchObject({ code: 'unauthenticated' });
  });

  it('ends when its credential does', async () => {
    verifier.revoked.add('org_1');
    await held.look(1);
    expect(held.signal.aborted).toBe(true);
  });

  it('lives on while the database does not answer, but not beyond its expiry', async () => {
    verifier.failure = new DomainError('database-unavailable', 'no answer');
    await held.look(9_000);
    expect(held.signal.aborted).toBe(false);
    await held.look(10_001);
    expect(held.signal.aborted).toBe(true);
  });

  it('gives way to a newer one of the same caller, whichever credential it is of, and to no one else’s', async () => {
    verifier.known.set('newer', principal(20_000, 'city', 'org_2'));
    verifier.known.set('foreign', principal(20_000, 'harbour'));
    await expect(held.renew('foreign')).rejects.toMatchObject({ code: 'forbidden' });
    await expect(held.renew('nonsense')).rejects.toMatchObject({ code: 'unauthenticated' });
    await held.renew('newer');
    verifier.revoked.add('org_1');
    await held.look(19_999);
    expect(held.signal.aborted).toBe(false);
    await held.look(20_000);
    expect(held.signal.aborted).toBe(true);
  });

  it('asks elsewhere for a newer one before it expires', async () => {
    let asked = 0;
    held.onExpiring(() => {
      asked += 1;
      return Promise.resolve(principal(30_000));
    });
    await held.look(5_000);
    expect(asked).toBe(0);
    await held.look(9_000);
    await held.look(10_000);
    expect(held.signal.aborted).toBe(false);
    expect(held.principal.expiresAt).toBe(30_000);
  });
});
