import { InvalidCursor } from '../kernel/page.js';
import { type PageQuery, pageById } from './id-page.js';

const ids = ['a', 'b', 'c', 'd', 'e'];

function page(query: PageQuery & Record<string, unknown>) {
  return pageById<string>(
    'letters',
    query,
    (id) => id,
    (after, limit) => Promise.resolve(ids.filter((id) => id > after).slice(0, limit)),
  );
}

describe('pageById', () => {
  it('walks the list to its end without repeating or leaving out', async () => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const { items, next } = await page({ limit: 2, cursor });
      seen.push(...items);
      cursor = next;
    } while (cursor !== undefined);
    expect(seen).toEqual(ids);
  });

  it('ends where the last page is full', async () => {
    expect(await page({ limit: 5 })).toEqual({ items: ids });
  });

  it('refuses a cursor of other filters, and takes one for another page size', async () => {
    const { next } = await page({ limit: 2, state: 'ACTIVE' });
    await expect(page({ limit: 2, cursor: next })).rejects.toThrow(InvalidCursor);
    expect((await page({ limit: 3, cursor: next, state: 'ACTIVE' })).items).toEqual(['c', 'd', 'e']);
  });

  it('refuses what is no cursor', async () => {
    await expect(page({ cursor: 'nonsense' })).rejects.toThrow(InvalidCursor);
  });
});
