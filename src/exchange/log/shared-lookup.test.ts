import { SharedLookup } from './shared-lookup.js';

describe('a shared lookup', () => {
  it('takes together what is asked for at once and what is asked for meanwhile, and gives each its own', async () => {
    const asked: string[][] = [];
    let go: () => void = () => undefined;
    const lookup = new SharedLookup<string, string>(10, async (keys) => {
      asked.push([...keys]);
      await new Promise<void>((resolve) => (go = resolve));
      return keys.map((key) => (key === 'none' ? undefined : key.toUpperCase()));
    });
    const first = [lookup.find('a'), lookup.find('none')];
    await new Promise(setImmediate);
    const second = [lookup.find('c'), lookup.find('d')];
    await new Promise(setImmediate);
    go();
    expect(await Promise.all(first)).toEqual(['A', undefined]);
    await new Promise(setImmediate);
    go();
    expect(await Promise.all(second)).toEqual(['C', 'D']);
    expect(asked).toEqual([
      ['a', 'none'],
      ['c', 'd'],
    ]);
  });

  it('takes no more together than it may', async () => {
    const asked: number[] = [];
    const lookup = new SharedLookup<number, number>(2, (keys) => {
      asked.push(keys.length);
      return Promise.resolve(keys);
    });
    expect(await Promise.all([1, 2, 3, 4, 5].map((key) => lookup.find(key)))).toEqual([1, 2, 3, 4, 5]);
    expect(asked).toEqual([2, 2, 1]);
  });

  it('tells all who share a lookup that it failed, and goes on', async () => {
    let failures = 1;
    const lookup = new SharedLookup<number, number>(10, (keys) =>
      failures-- > 0 ? Promise.reject(new RangeError('away')) : Promise.resolve(keys),
    );
    const outcomes = await Promise.allSettled([lookup.find(1), lookup.find(2)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await lookup.find(3)).toBe(3);
  });
});
