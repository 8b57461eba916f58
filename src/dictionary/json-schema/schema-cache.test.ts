import { SchemaCache } from './schema-cache.js';
import { SchemaRefused } from './schema-refused.js';

describe('SchemaCache', () => {
  it('compiles equal schemas once, however their keys are ordered', () => {
    const cache = new SchemaCache();
    expect(cache.get({ type: 'object', minProperties: 1 })).toBe(cache.get({ minProperties: 1, type: 'object' }));
    expect(cache.get(true)).not.toBe(cache.get(false));
  });

  it('refuses what cannot be compiled, again and again', () => {
    const cache = new SchemaCache();
    expect(() => cache.get({ type: 1 })).toThrow(SchemaRefused);
    expect(() => cache.get({ type: 1 })).toThrow(SchemaRefused);
    expect(() => cache.get('{}')).toThrow(expect.objectContaining({ reason: 'not-a-schema' }) as Error);
  });

  it('forgets the schemas used longest ago', () => {
    const cache = new SchemaCache();
    const first = cache.get({ minimum: -1 });
    const second = cache.get({ minimum: -2 });
    for (let minimum = 0; minimum < 998; minimum++) cache.get({ minimum });
    expect(cache.get({ minimum: -1 })).toBe(first);
    cache.get({ minimum: 998 });
    expect(cache.get({ minimum: -1 })).toBe(first);
    expect(cache.get({ minimum: -2 })).not.toBe(second);
  });
});
