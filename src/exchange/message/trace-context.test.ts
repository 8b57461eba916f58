import { traceparentOf } from './trace-context.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';

describe('the trace of an HTTP request', () => {
  it.each([
    ['as it is', `00-${TRACE}-${PARENT}-01`, `00-${TRACE}-${PARENT}-01`],
    ['of a later version, as far as it is known', `cc-${TRACE}-${PARENT}-01-what-comes-later`, `00-${TRACE}-${PARENT}-01`],
  ])('is taken %s', (_what, header, trace) => {
    expect(traceparentOf(header)).toBe(trace);
  });

  it.each([
    undefined,
    '',
    'zz',
    `ff-${TRACE}-${PARENT}-01`,
    `00-${'0'.repeat(32)}-${PARENT}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${PARENT}-01`,
    `00-${TRACE}-${PARENT}-01-more`,
    `cc-${TRACE}-${PARENT}-01more`,
    `00-${TRACE}-${PARENT}`,
  ])('is not taken from %j', (header) => {
    expect(traceparentOf(header)).toBeUndefined();
  });
});
