import { headPrint, isHeadPrint, isSamePayload, wholePrint } from './message-print.js';

const MESSAGE = {
  header: { version: '1.0', messageId: 'm1', sender: { id: 'urn:x:a', role: 'DT' }, extensions: { b: 1, a: [2, 3] } },
  data: { action: 'PROVIDE', object: { type: 'data', id: 'flow' }, payload: { n: 1 } },
};

describe('headPrint', () => {
  it('is the same in whatever order members are written', () => {
    const { header, data } = MESSAGE;
    const turned = {
      data: { payload: data.payload, object: { id: 'flow', type: 'data' }, action: data.action },
      header: { extensions: { a: [2, 3], b: 1 }, sender: { role: 'DT', id: 'urn:x:a' }, messageId: 'm1', version: '1.0' },
    };
    expect(headPrint(turned)).toEqual(headPrint({ header, data }));
  });

  it.each([
    ['another member', { header: { ...MESSAGE.header, lane: 'normal' } }],
    ['another value', { header: { ...MESSAGE.header, messageId: 'm2' } }],
    ['a value in another member', { header: { ...MESSAGE.header, messageId: undefined, correlationId: 'm1' } }],
    ['another order in an array', { header: { ...MESSAGE.header, extensions: { b: 1, a: [3, 2] } } }],
    ['another object', { data: { ...MESSAGE.data, object: { type: 'data', id: 'speed' } } }],
  ])('differs with %s', (_, change) => {
    expect(headPrint({ ...MESSAGE, ...change })).not.toEqual(headPrint(MESSAGE));
  });

  it('says nothing of the payload, and tells so', () => {
    expect(headPrint({ ...MESSAGE, data: { ...MESSAGE.data, payload: 2 } })).toEqual(headPrint(MESSAGE));
    expect(isHeadPrint(headPrint(MESSAGE))).toBe(true);
    expect(isHeadPrint(wholePrint(MESSAGE))).toBe(false);
  });
});

describe('isSamePayload', () => {
  it.each([
    ['{"a":1,"b":[true]}', '{ "b":[true], "a":1.0 }', true],
    ['1', '1', true],
    [null, null, true],
    ['null', null, false],
    [null, '0', false],
    ['[1,2]', '[2,1]', false],
  ])('of %s and %s is %s', (one, other, expected) => {
    expect(isSamePayload(one, other)).toBe(expected);
  });
});
