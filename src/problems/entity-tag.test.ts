import { entityTag, isKnown, readPreconditions } from './entity-tag.js';

const revision = { version: 3, incarnation: 37 };

describe('entity tags', () => {
  it('are strong and name version and incarnation', () => {
    expect(entityTag(revision)).toBe('"3-11"');
  });

  it('are read back from If-Match, alone and in lists', () => {
    expect(readPreconditions({ ifMatch: '"3-11"' })).toEqual({ expected: [revision], absent: false });
    expect(readPreconditions({ ifMatch: ' "x" , "3-11","4-11"' }).expected).toEqual([revision, { version: 4, incarnation: 37 }]);
    expect(readPreconditions({ ifMatch: '"a,b"' }).expected).toEqual([]);
    expect(readPreconditions({ ifMatch: '*' }).expected).toBe('any');
  });

  it('never match weakly in If-Match, but do in If-None-Match of a reader', () => {
    expect(readPreconditions({ ifMatch: 'W/"3-11"' }).expected).toEqual([]);
    expect(isKnown(revision, 'W/"3-11"')).toBe(true);
    expect(isKnown(revision, '"3-12"')).toBe(false);
    expect(isKnown(revision, undefined)).toBe(false);
  });

  it.each(['3-11', '"3-11" x', '"3-11', '"a" "b"', 'W/3', ''])('refuses the header %j', (ifMatch) => {
    if (ifMatch === '') expect(readPreconditions({ ifMatch }).expected).toEqual([]);
    else expect(() => readPreconditions({ ifMatch })).toThrow('validation-failed');
  });

  it('must be given where required, and If-None-Match is * only where something changes', () => {
    expect(() => readPreconditions({}, true)).toThrow('precondition-required');
    expect(readPreconditions({ ifNoneMatch: '*' })).toEqual({ expected: undefined, absent: true });
    expect(() => readPreconditions({ ifNoneMatch: '"3-11"' })).toThrow('validation-failed');
  });
});
