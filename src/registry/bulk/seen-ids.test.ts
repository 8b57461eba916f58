import { SeenIds } from './seen-ids.js';

describe('the ids a bulk has had', () => {
  it('are known by the line that had them first, however many there are', () => {
    const seen = new SeenIds();
    const ids = Array.from({ length: 20_000 }, (_, index) => `urn:test:${index}`);
    expect(ids.map((id, index) => seen.note(id, index + 1)).filter((line) => line !== undefined)).toEqual([]);
    expect(ids.every((id, index) => seen.note(id, 99_999) === index + 1)).toBe(true);
  });

  it('differ when a letter does', () => {
    const seen = new SeenIds();
    seen.note('urn:test:a', 1);
    expect(seen.note('urn:test:A', 2)).toBeUndefined();
    expect(seen.note('urn:test:a', 3)).toBe(1);
  });
});
