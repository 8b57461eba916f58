import { jsonObjectMembers } from './json-object-members.js';
import { JsonTextError } from './json-text.js';

const values = (text: string): Record<string, string> =>
  Object.fromEntries(jsonObjectMembers(text).map(({ key, start, end }) => [key, text.slice(start, end)]));

describe('the members of an object', () => {
  it('are found as they are written, whatever stands in strings', () => {
    expect(values(' { "a" : 1.50 ,\n"b":{"x":"},{\\"","y":[1,{"z":2}]}, "c":"\\\\" } ')).toEqual({
      a: '1.50',
      b: '{"x":"},{\\"","y":[1,{"z":2}]}',
      c: '"\\\\"',
    });
    expect(jsonObjectMembers('{}')).toEqual([]);
    expect(jsonObjectMembers('{"\\u006fp":1}')[0]?.key).toBe('op');
  });

  it('keep a faulty value to themselves', () => {
    expect(values('{"n":1,"message":{"x":nonsense,,},"z":tru}')).toEqual({ n: '1', message: '{"x":nonsense,,}', z: 'tru' });
  });

  it.each([
    '',
    '[]',
    '"x"',
    '{',
    '{"a"}',
    '{"a":}',
    '{"a":1',
    '{"a":1,}',
    '{a:1}',
    '{"a":1}x',
    '{"a":1]',
    '{,}',
    '{"a":"x}',
    '{"\\x":1}',
    '{"a":1 "b":2',
  ])('of %s are refused: it is no object', (text) => {
    expect(() => jsonObjectMembers(text)).toThrow(JsonTextError);
  });

  it('may not come twice, in whatever spelling', () => {
    expect(() => jsonObjectMembers('{"op":1,"\\u006fp":2}')).toThrow('the same key twice');
  });
});
