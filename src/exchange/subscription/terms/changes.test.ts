import { isNews, remembered } from './changes.js';
import { isPointer, parsePointer, resolvePointer } from './json-pointer.js';
import {
  type EpochTerms,
  isEmpty,
  MAX_EPOCHS,
  sourceTerms,
  type SubscriptionTerms,
  type TermsEpoch,
  withEpoch,
} from './subscription-terms.js';
import { emptyToldSource, MAX_TOLD_KEYS, remember } from './told.js';

const epoch = (from: string, terms: SubscriptionTerms): TermsEpoch => ({ from, revision: `r${from}`, terms });

function ready(terms: SubscriptionTerms): EpochTerms {
  const found = sourceTerms([epoch('0', terms)])?.at('1');
  if (found === undefined) throw new Error('the terms ask for nothing');
  return found;
}

/** Which of the payloads are told, one after the other. */
function told(terms: SubscriptionTerms, payloads: readonly unknown[]): unknown[] {
  const use = ready(terms);
  const memory = emptyToldSource();
  return payloads.filter((payload) => {
    const now = remembered(use, payload);
    const news = isNews(use, memory.keys['k'], now);
    if (news) remember(memory, 'k', { revision: use.revision, at: 0, ...now });
    return news;
  });
}

describe('news', () => {
  it.each<[terms: SubscriptionTerms, payloads: unknown[], expected: unknown[]]>([
    [{ onlyChanges: true }, [{ a: 1, b: 2 }, { b: 2, a: 1 }, { a: 1 }, { a: 1.0 }], [{ a: 1, b: 2 }, { a: 1 }]],
    [{ onlyChanges: { pointer: '/a' } }, [{ a: 1, b: 1 }, { a: 1, b: 2 }, {}, { b: 3 }, { a: null }], [{ a: 1, b: 1 }, {}, { a: null }]],
    [{ deadband: { pointer: '', absolute: 2 } }, [1, 3, 3.1, 1.1, 1], [1, 3.1, 1]],
    [{ deadband: { pointer: '', percent: 10 } }, [100, 110, 111, 100, 99], [100, 111, 99]],
    [{ deadband: { pointer: '', percent: 10 } }, [0, 0, 0.001], [0, 0.001]],
    [{ deadband: { pointer: '', percent: 10, absolute: 20 } }, [100, 115, 121], [100, 121]],
    [{ deadband: { pointer: '/n', absolute: 1 } }, [{ n: 1 }, { n: 'x' }, {}, { n: 1 }, { n: 2 }], [{ n: 1 }, { n: 'x' }, {}, { n: 1 }]],
    [{ deadband: { pointer: '', absolute: 1 }, onlyChanges: true }, [1, 1, 1.5, 3], [1, 3]],
  ])('of %j in %j is %j', (terms, payloads, expected) => {
    expect(told(terms, payloads)).toEqual(expected);
  });

  it('compares with nothing that was told under other terms', () => {
    const use = ready({ onlyChanges: true });
    expect(isNews(use, { revision: 'another', at: 0, ...remembered(use, 1) }, remembered(use, 1))).toBe(true);
  });
});

describe('what was told', () => {
  it('forgets the key that was told longest ago', () => {
    const memory = emptyToldSource();
    for (let n = 0; n <= MAX_TOLD_KEYS; n += 1) {
      remember(memory, 'always', { revision: 'r', at: n });
      if (n > 0) remember(memory, `key ${n}`, { revision: 'r', at: n });
    }
    expect(Object.keys(memory.keys)).toHaveLength(MAX_TOLD_KEYS);
    expect(memory.keys['always']?.at).toBe(MAX_TOLD_KEYS);
    expect(memory.keys['key 1']).toBeUndefined();
    expect(memory.keys['key 2']).toBeDefined();
  });
});

describe('terms over a stream', () => {
  it('hold from the position after which they were made', () => {
    const terms = sourceTerms([epoch('10', {}), epoch('20', { onlyChanges: true }), epoch('100', { minIntervalMs: 5 })]);
    expect(['1', '11', '20', '21', '100', '101'].map((position) => terms?.at(position)?.revision)).toEqual([
      undefined,
      undefined,
      undefined,
      'r20',
      'r20',
      'r100',
    ]);
  });

  it('cost nothing when they ask for nothing', () => {
    expect(sourceTerms(null)).toBeUndefined();
    expect(sourceTerms([epoch('0', { whenBehind: 'queue', behindThreshold: 5 })])).toBeUndefined();
    expect(isEmpty({ whenBehind: 'coalesceLatest' })).toBe(false);
  });

  it('are judged by the oldest known where older ones are forgotten', () => {
    let epochs: TermsEpoch[] = [];
    for (let n = 1; n <= MAX_EPOCHS + 3; n += 1) epochs = withEpoch(epochs, epoch(String(n * 10), { minIntervalMs: n }));
    expect(epochs).toHaveLength(MAX_EPOCHS);
    expect(sourceTerms(epochs)?.at('1')?.revision).toBe('r40');
  });
});

describe('pointers', () => {
  it('name what RFC 6901 says', () => {
    const document = { 'a/b': 1, 'm~n': 2, '': 3, list: ['x', { y: 4 }] };
    const found = (text: string): unknown => resolvePointer(document, parsePointer(text));
    expect(['', '/a~1b', '/m~0n', '/', '/list/0', '/list/1/y'].map(found)).toEqual([document, 1, 2, 3, 'x', 4]);
    expect(['/list/01', '/list/-', '/list/length', '/toString', '/__proto__', '/list/0/length', '/a/b'].map(found)).toEqual(
      Array.from({ length: 7 }),
    );
  });

  it('begin with a slash and escape with 0 and 1 only', () => {
    expect(['', '/', '/a', '/~0~1', '//'].every(isPointer)).toBe(true);
    expect(['a', '#/a', '/~', '/~2'].some(isPointer)).toBe(false);
  });
});
