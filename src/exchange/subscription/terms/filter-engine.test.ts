import { DomainError } from '../../../problems/domain-error.js';
import { compileFilter, type FilterSubject } from './filter-engine.js';
import { checkFilter, FILTER_LIMITS, FILTER_OPERATORS } from './filter-rules.js';

const subject = (payload: unknown): FilterSubject => ({
  payload,
  header: { sender: 'urn:a', lane: 'bulk' },
  observedAt: null,
  unit: 'km/h',
});

function matches(filter: unknown, payload: unknown): boolean {
  checkFilter(filter, '/filter');
  return compileFilter(filter)(subject(payload));
}

function pointerOf(filter: unknown): string | undefined {
  try {
    checkFilter(filter, '/filter');
  } catch (error) {
    if (error instanceof DomainError) return error.pointer;
    throw error;
  }
  return undefined;
}

const v = (name: string): object => ({ var: name });

describe('filters', () => {
  it.each<[filter: object, payload: unknown, expected: boolean]>([
    [{ '>': [v('payload.speed'), 50] }, { speed: 51 }, true],
    [{ '>': [v('payload.speed'), 50] }, { speed: 50 }, false],
    [{ '>': [v('payload.speed'), 50] }, {}, false],
    [{ '<': [10, v('payload'), 20] }, 15, true],
    [{ '===': [v('payload.a.b.0'), 'x'] }, { a: { b: ['x'] } }, true],
    [{ and: [{ '==': [v('header.sender'), 'urn:a'] }, { '==': [v('unit'), 'km/h'] }] }, null, true],
    [{ '!': v('observedAt') }, null, true],
    [{ in: [v('payload.kind'), ['jam', 'closure']] }, { kind: 'jam' }, true],
    [{ in: ['A4', v('payload.road')] }, { road: 'A40' }, true],
    [{ some: [v('payload.lanes'), { '<': [v('speed'), 10] }] }, { lanes: [{ speed: 50 }, { speed: 5 }] }, true],
    [{ all: [v('payload.lanes'), { '<': [v('speed'), 10] }] }, { lanes: [{ speed: 50 }, { speed: 5 }] }, false],
    [{ all: [v('payload.lanes'), true] }, { lanes: [] }, false],
    [{ none: [v('payload.lanes'), { '<': [v(''), 10] }] }, { lanes: [50, 60] }, true],
    [{ none: [v('payload.lanes'), true] }, {}, true],
    [{ if: [v('payload.open'), { '>': [{ '*': [v('payload.n'), 2] }, 5] }, false] }, { open: true, n: 3 }, true],
    [{ '!!': [v('payload.list')] }, { list: [] }, false],
    [{ '==': [{ var: ['payload.n', 7] }, 7] }, {}, true],
    [{ '>=': [{ max: [v('payload.a'), v('payload.b')] }, 4] }, { a: 1, b: 4 }, true],
  ])('%j of %j is %p', (filter, payload, expected) => {
    expect(matches(filter, payload)).toBe(expected);
  });

  it('offers operators that the library has', () => {
    for (const name of Object.keys(FILTER_OPERATORS))
      expect(() => compileFilter({ [name]: [1, 1] })(subject(null))).not.toThrow(/operator/i);
  });

  it.each<[filter: unknown, pointer: string]>([
    ['text', '/filter'],
    [[], '/filter'],
    [{}, '/filter'],
    [{ '>': [1, 2], '<': [1, 2] }, '/filter'],
    [{ and: [true, { map: [v('payload'), 1] }] }, '/filter/and/1/map'],
    [{ and: [true, { '>': [1] }] }, '/filter/and/1/>'],
    [{ '>': v('payload') }, '/filter/>'],
    [{ '!': { reduce: [v('payload'), 1, 0] } }, '/filter/!/reduce'],
    [{ cat: ['a', 'b'] }, '/filter/cat'],
    [{ constructor: [1] }, '/filter/constructor'],
    [JSON.parse('{"__proto__": [1]}'), '/filter/__proto__'],
    [{ var: { cat: ['pay', 'load'] } }, '/filter/var'],
    [{ var: 'payload.__proto__.x' }, '/filter/var'],
    [{ var: 'payload.constructor' }, '/filter/var'],
    [{ var: '../payload' }, '/filter/var'],
    [{ var: 'paylaod.n' }, '/filter/var'],
    [{ var: '' }, '/filter/var'],
    [{ var: 3 }, '/filter/var'],
    [{ some: [v('n'), v('payload')] }, '/filter/some/0/var'],
    [{ '==': [1, 'a\0b'] }, '/filter/==/1'],
    [{ '==': [1, 'x'.repeat(FILTER_LIMITS.stringLength + 1)] }, '/filter/==/1'],
    [{ '==': [1, Number.POSITIVE_INFINITY] }, '/filter/==/1'],
    [{ 'a/b~': [1] }, '/filter/a~1b~0'],
  ])('refuses %j and points at %s', (filter, pointer) => {
    expect(pointerOf(filter)).toBe(pointer);
  });

  it('refuses what is too deep and what has too many parts', () => {
    const nested = (depth: number): unknown => (depth === 0 ? true : { '!': nested(depth - 1) });
    expect(pointerOf(nested(FILTER_LIMITS.depth - 1))).toBeUndefined();
    expect(pointerOf(nested(FILTER_LIMITS.depth))).toMatch(/^\/filter(\/!)+$/);
    expect(pointerOf({ in: [1, Array.from({ length: FILTER_LIMITS.parts }, (_, n) => n)] })).toMatch(/^\/filter\/in\/1\/\d+$/);
  });

  it.each<[filter: object, payload: unknown]>([
    [{ '>': [v('payload.speed'), 50] }, { speed: 'fast' }],
    [{ some: [v('payload'), true] }, { length: 1e12 }],
    [{ some: [v('payload'), true] }, 'text'],
    [{ in: [1, v('payload')] }, { includes: 1 }],
    [
      { none: [v('payload'), { some: [v(''), { '==': [v(''), -1] }] }] },
      Array.from({ length: 400 }, () => Array.from({ length: 400 }, (_, n) => n)),
    ],
    [{ and: Array.from({ length: 50 }, () => ({ '!': { in: ['b', v('payload')] } })) }, 'a'.repeat(1_000_000)],
  ])('fails by itself, and soon, on a message that %j was not made for', (filter, payload) => {
    expect(() => matches(filter, payload)).toThrow();
  });

  it('finds nothing beyond what the message has', () => {
    for (const name of ['toString', 'valueOf', 'hasOwnProperty']) expect(matches({ '!': v(`payload.${name}`) }, {})).toBe(true);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
