import type { DomainEventKind, DomainEvents } from '../../database/domain-events.js';
import { parseOrganizationId } from '../../kernel/ids.js';
import type { ReadyFeatures } from '../twin-submission.js';
import { KnownFeatures } from './known-features.js';

const city = parseOrganizationId('city');
const rival = parseOrganizationId('rival');
const LIST: ReadyFeatures = { specs: [], sharedSchemas: [] };

function known(): { features: KnownFeatures; tell: (kind: DomainEventKind) => void } {
  const handlers = new Map<DomainEventKind, () => void>();
  const events: Pick<DomainEvents, 'subscribe'> = {
    subscribe: (kinds, handler) => {
      for (const kind of kinds) handlers.set(kind, () => void handler({ kind, subject: 'x', data: {} }));
    },
  };
  return { features: new KnownFeatures(events as DomainEvents), tell: (kind) => handlers.get(kind)?.() };
}

describe('lists of features that were in order', () => {
  it('are known again of the same organization by the same text', () => {
    const { features } = known();
    features.keep(city, '[]', LIST, features.generation);
    expect(features.find(city, '[]')).toBe(LIST);
    expect(features.find(rival, '[]')).toBeUndefined();
    expect(features.find(city, '[ ]')).toBeUndefined();
  });

  it.each(['term.changed', 'schema.changed'] as const)('are forgotten when news of %s comes, also while one is read', (kind) => {
    const { features, tell } = known();
    const { generation } = features;
    features.keep(city, '[]', LIST, generation);
    tell(kind);
    expect(features.find(city, '[]')).toBeUndefined();
    features.keep(city, '[]', LIST, generation);
    expect(features.find(city, '[]')).toBeUndefined();
  });

  it('are not kept with shared schemas, which whoever stores them holds', () => {
    const { features } = known();
    const sharedSchemas = [{ owner: city, id: 'urn:s', pointer: '' }] as unknown as ReadyFeatures['sharedSchemas'];
    features.keep(city, '[]', { ...LIST, sharedSchemas }, features.generation);
    expect(features.find(city, '[]')).toBeUndefined();
  });
});
