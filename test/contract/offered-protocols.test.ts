import { WIRE_PROTOCOLS } from '../../src/adaptor/protocol/wire-protocols.js';
import { NOT_INSTALLED, OFFERED, uncoveredOf } from './contract-coverage.mjs';

const DIRECTIONS = ['inbound', 'outbound'] as const;
const offered = WIRE_PROTOCOLS.flatMap(({ facts }) =>
  DIRECTIONS.filter((direction) => facts[direction] !== undefined).map((direction) => `${direction} ${facts.name}`),
);

// By these titles the reporter of a whole run (contract-coverage.mjs) knows which suites have to have run.
describe(OFFERED, () => {
  it.each(offered)('%s', (title) => {
    expect(title).toMatch(/^(in|out)bound [a-z][a-z0-9-]*$/);
  });
});

describe('the coverage of the contracts', () => {
  const test = (suite: string, status = 'passed', around: string[] = []): object => ({
    ancestorTitles: [...around, suite],
    title: 'does what it promises',
    status,
  });
  const offers = (...titles: string[]): object[] => titles.map((title) => ({ ancestorTitles: [OFFERED], title, status: 'passed' }));

  it('is by the protocol’s own name, in each of its directions', () => {
    const wanted = offers('inbound mqtt', 'outbound mqtt', 'inbound http');
    const ran = [test('the inbound protocol mqtt 3.1.1'), test('the outbound protocol mqtt 5'), test('the inbound protocol http')];
    expect(uncoveredOf([...wanted, ...ran])).toEqual([]);
    expect(uncoveredOf([...wanted, ...ran.slice(0, 2)])).toEqual(['inbound http']);
    expect(uncoveredOf([...wanted, ...ran.slice(1), test('the inbound protocol mqttish')])).toEqual(['inbound mqtt']);
  });

  it('takes tests that passed, or were skipped for a server that is not installed', () => {
    const wanted = offers('inbound nats');
    expect(uncoveredOf([...wanted, test('the inbound protocol nats', 'pending')])).toEqual(['inbound nats']);
    expect(uncoveredOf([...wanted, test('the inbound protocol nats', 'failed')])).toEqual(['inbound nats']);
    expect(uncoveredOf([...wanted, test('the inbound protocol nats', 'pending', [`NATS (nats-server ${NOT_INSTALLED})`])])).toEqual([]);
  });
});
