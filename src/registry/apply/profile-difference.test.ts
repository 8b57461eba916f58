import fc from 'fast-check';
import { mergePatch } from '../../kernel/merge-patch.js';
import { differenceOf, MAX_PATCH_CHARACTERS, MAX_PLACES } from './profile-difference.js';

describe('the difference of two profiles', () => {
  it('is none when they mean the same, whatever the order of their members', () => {
    expect(differenceOf({ a: 1, b: { c: [1] } }, { b: { c: [1] }, a: 1 })).toBeUndefined();
  });

  it('names what was added, removed and changed by pointer', () => {
    const difference = differenceOf(
      { name: 'A', labels: { 'a/b': 'x', old: '1' } },
      { name: 'B', labels: { 'a/b': 'y' }, access: 'listed' },
    );
    expect(difference?.places).toEqual([
      { pointer: '/name', change: 'changed' },
      { pointer: '/labels/a~1b', change: 'changed' },
      { pointer: '/labels/old', change: 'removed' },
      { pointer: '/access', change: 'added' },
    ]);
    expect(difference?.patch).toEqual({ name: 'B', labels: { 'a/b': 'y', old: null }, access: 'listed' });
  });

  it('tells features apart by name, so that one taken away does not change the others', () => {
    const before = { features: [{ name: 'a' }, { name: 'b', unit: 'km' }, { name: 'c' }] };
    const after = { features: [{ name: 'b', unit: 'm' }, { name: 'c' }, { name: 'd' }] };
    expect(differenceOf(before, after)?.places).toEqual([
      { pointer: '/features/0', change: 'removed' },
      { pointer: '/features/0/unit', change: 'changed' },
      { pointer: '/features/2', change: 'added' },
    ]);
  });

  it('names the list when only the order in it differs', () => {
    const difference = differenceOf({ features: [{ name: 'a' }, { name: 'b' }] }, { features: [{ name: 'b' }, { name: 'a' }] });
    expect(difference?.places).toEqual([{ pointer: '/features', change: 'changed' }]);
  });

  it('names only so many places and shows only so long a patch', () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`l${index}`, 'x'.repeat(50)]));
    const difference = differenceOf({ labels: {} }, { labels: many });
    expect(difference?.places).toHaveLength(MAX_PLACES);
    expect(difference?.count).toBe(500);
    expect(JSON.stringify(many).length).toBeGreaterThan(MAX_PATCH_CHARACTERS);
    expect(difference?.patch).toBeUndefined();
  });

  it('gives a patch that leads from one to the other, and at least one place', () => {
    const { json } = fc.letrec((tie) => ({
      json: fc.dictionary(
        fc.string({ maxLength: 3 }).filter((key) => key !== '__proto__'),
        tie('value'),
        { maxKeys: 4 },
      ),
      value: fc.oneof({ maxDepth: 3 }, fc.integer(), fc.string({ maxLength: 3 }), fc.array(fc.integer(), { maxLength: 3 }), tie('json')),
    }));
    fc.assert(
      fc.property(json, json, (one, other) => {
        const [before, after] = [one, other] as Record<string, unknown>[];
        const difference = differenceOf(before ?? {}, after ?? {});
        if (difference === undefined) return;
        expect(difference.count).toBeGreaterThan(0);
        expect(differenceOf(mergePatch(before, difference.patch) as Record<string, unknown>, after ?? {})).toBeUndefined();
      }),
    );
  });
});
