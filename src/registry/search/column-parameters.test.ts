import { arrayLiteral, packedBytes, unpacked } from './column-parameters.js';

describe('columns as parameters', () => {
  it('are array literals in which quotes and backslashes stand for themselves', () => {
    expect(arrayLiteral([])).toBe('{}');
    expect(arrayLiteral(['a,b', '', null, 'NULL', 'say "x\\y"', '{1}'])).toBe(String.raw`{"a,b","",NULL,"NULL","say \"x\\y\"","{1}"}`);
    expect(arrayLiteral([1, null, -2.5])).toBe('{1,NULL,-2.5}');
  });

  it('are bytes one after the other, with where each begins', () => {
    const packed = packedBytes([Buffer.from('abc'), null, Buffer.alloc(0), Buffer.from('d')]);
    expect(packed).toEqual({ bytes: Buffer.from('abcd'), starts: '{1,NULL,4,4}', lengths: '{3,NULL,0,1}' });
    expect(unpacked('$1', 's', 'n')).toBe('substring($1::bytea FROM s FOR n)');
  });
});
