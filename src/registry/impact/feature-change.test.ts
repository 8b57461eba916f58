import { compareFeature } from './feature-change.js';
import type { FeatureSpec } from '../twin.js';

const data = (parts: Partial<FeatureSpec> = {}): FeatureSpec => ({ kind: 'data', name: 'flow', version: '1.2.0', unit: 'km/h', schema: { type: 'number' }, ...parts }); // prettier-ignore
const callable = (parts: Partial<FeatureSpec> = {}): FeatureSpec => ({ kind: 'function', name: 'close', version: '1.0.0', input: { type: 'object', required: ['road'] }, ...parts }); // prettier-ignore
const compare = (old: FeatureSpec, fresh: FeatureSpec): ReturnType<typeof compareFeature> =>
  compareFeature(old, fresh, '/features/3', 100_000);

describe('compareFeature', () => {
  it.each<[string, Partial<FeatureSpec>, string]>([
    ['another unit', { unit: 'm/s' }, '/features/3/unit'],
    ['no unit', { unit: undefined }, '/features/3/unit'],
    ['another meaning', { semanticType: 'urn:example:term' }, '/features/3/semanticType'],
    ['another kind', { kind: 'function', schema: undefined, input: true, unit: 'km/h' }, '/features/3/kind'],
    ['a version that went back', { version: '1.1.9' }, '/features/3/version'],
    ['a wider schema', { schema: { type: ['number', 'null'] } }, '/features/3/schema/type'],
  ])('finds %s breaking', (_what, parts, pointer) => {
    const { verdict, findings } = compare(data(), data(parts));
    expect([verdict, findings[0]?.pointer]).toEqual(['breaking', pointer]);
  });

  it('lets data narrow, and input widen', () => {
    expect(compare(data(), data({ schema: { type: 'integer' }, version: '1.2.1' }))).toMatchObject({ verdict: 'compatible', findings: [] });
    expect(compare(callable(), callable({ input: { type: 'object' } })).verdict).toBe('compatible');
    expect(compare(callable({ input: { type: 'object' } }), callable()).verdict).toBe('breaking');
  });

  it('lets a function become idempotent, never cease to be', () => {
    expect(compare(callable(), callable({ idempotent: true })).verdict).toBe('compatible');
    expect(compare(callable({ idempotent: true }), callable()).findings[0]?.pointer).toBe('/features/3/idempotent');
    expect(compare(callable({ idempotent: true }), callable({ idempotent: false })).verdict).toBe('breaking');
  });

  it('takes a missing output for anything', () => {
    expect(compare(callable(), callable({ output: { type: 'boolean' } })).verdict).toBe('compatible');
    expect(compare(callable({ output: { type: 'boolean' } }), callable()).verdict).toBe('breaking');
  });

  it('says when it is not known', () => {
    expect(compare(data({ schema: { pattern: '^a' } }), data({ schema: { pattern: '^b' } })).verdict).toBe('undecided');
  });

  it.each([
    ['1.2.0', '2.0.0', true],
    ['1.2.0', '1.3.0', false],
    ['0.2.0', '0.3.0', true],
    ['0.2.0', '0.2.1', false],
    ['0.2.0', '1.0.0', true],
    ['2.0.0', '1.0.0', false],
  ])('tells from %s to %s whether it is a new major version: %s', (from, to, isNew) => {
    expect(compare(data({ version: from }), data({ version: to })).newMajor).toBe(isNew);
  });
});
