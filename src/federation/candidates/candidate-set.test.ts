import { parseFederationId, parseOrganizationId, parseTwinId } from '../../kernel/ids.js';
import type { Principal } from '../../security/principal.js';
import { type Candidate, type CandidateFeature, type CandidateSet, compareCandidate, compareFeatures, knows } from './candidate-set.js';

const data = (name: string, version = '1.0.0'): CandidateFeature => ({ kind: 'data', name, version });
const candidate = (parts: Partial<Candidate> = {}): Candidate => ({
  twin: parseTwinId('urn:t:a'),
  incarnation: 1,
  version: 1,
  features: [data('flow')],
  ...parts,
});

describe('a candidate', () => {
  it('differs by the names of its features, each kind for itself', () => {
    const kept = [data('a'), data('b'), data('c')];
    const today: CandidateFeature[] = [data('b'), data('c', '2.0.0'), { kind: 'function', name: 'a', version: '1.0.0' }];
    expect(compareFeatures(kept, today)).toEqual({ added: ['a'], changed: ['c'], removed: ['a'] });
  });

  it('is unchanged, changed, no longer matching or gone', () => {
    const kept = candidate();
    const compare = (parts: Partial<Candidate>, matches = true) => compareCandidate(kept, { ...candidate(parts), matches });
    expect(compare({})).toEqual({ outcome: 'unchanged', incarnation: 1, version: 1 });
    const none = { added: [], changed: [], removed: [] };
    expect(compare({ version: 2 })).toEqual({ outcome: 'changed', incarnation: 1, version: 2, features: none });
    expect(compare({ incarnation: 2 })).toEqual({ outcome: 'changed', incarnation: 2, version: 1, features: none });
    expect(compare({ version: 2 }, false)).toEqual({ outcome: 'noLongerMatching', incarnation: 1, version: 2 });
    expect(compareCandidate(kept, undefined)).toEqual({ outcome: 'gone' });
  });
});

describe('a candidate set', () => {
  const set = (twin?: string): CandidateSet => ({
    federationId: parseFederationId('urn:t:f'),
    name: 's',
    search: {},
    organization: parseOrganizationId('fire'),
    twin: twin === undefined ? null : parseTwinId(twin),
    foundAt: new Date(0),
  });
  const organization = (slug: string): Principal => ({ kind: 'organization', organization: parseOrganizationId(slug), subject: slug });
  const twin = (slug: string, id: string): Principal => ({ ...organization(slug), kind: 'twin', twin: parseTwinId(id) }) as Principal;

  it('is known to who found it, to the organization of the twin that did, and to operators', () => {
    expect(knows(organization('fire'), set())).toBe(true);
    expect(knows(organization('fire'), set('urn:t:a'))).toBe(true);
    expect(knows(twin('fire', 'urn:t:a'), set('urn:t:a'))).toBe(true);
    expect(knows({ kind: 'operator', subject: 'o' }, set())).toBe(true);
    expect(knows(twin('fire', 'urn:t:a'), set())).toBe(false);
    expect(knows(twin('fire', 'urn:t:b'), set('urn:t:a'))).toBe(false);
    expect(knows(organization('city'), set())).toBe(false);
  });
});
