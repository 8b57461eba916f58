import { parseTwinId } from '../kernel/ids.js';
import { DomainError } from '../problems/domain-error.js';
import { agreeOnFeatures, sameFeatures } from './connection-terms.js';

const fire = parseTwinId('urn:example:twin:fire');
const traffic = parseTwinId('urn:example:twin:traffic');
const flow = { kind: 'data', name: 'trafficFlow', version: '1.0.0', schema: { type: 'number' } } as const;
const closeRoad = { kind: 'function', name: 'closeRoad', version: '1.0.0' } as const;
const incident = { kind: 'data', name: 'incident', version: '1.0.0' } as const;
const sides = [
  { id: fire, features: [incident] },
  { id: traffic, features: [flow, closeRoad] },
] as const;

function refusal(work: () => unknown): DomainError {
  try {
    work();
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
  throw new Error('was not refused');
}

describe('agreeOnFeatures', () => {
  it('takes the named features of either side down as they are, each with its twin', () => {
    const agreed = agreeOnFeatures(
      [
        { twin: traffic, name: 'closeRoad' },
        { twin: fire, name: 'incident' },
      ],
      sides,
    );
    expect(agreed).toEqual([
      { ...closeRoad, twin: traffic },
      { ...incident, twin: fire },
    ]);
  });

  it('points at every feature that is of neither side, not offered, or named twice', () => {
    const error = refusal(() =>
      agreeOnFeatures(
        [
          { twin: traffic, name: 'trafficFlow' },
          { twin: 'urn:example:twin:water', name: 'level' },
          { twin: fire, name: 'trafficFlow' },
          { twin: traffic, name: 'trafficFlow' },
        ],
        sides,
      ),
    );
    expect(error.code).toBe('validation-failed');
    expect(error.pointer).toBe('/features/1/twin');
    expect(error.errors?.map(({ pointer }) => pointer)).toEqual(['/features/1/twin', '/features/2/name', '/features/3']);
  });
});

describe('sameFeatures', () => {
  const [one, two] = [
    { twin: traffic, name: 'trafficFlow' },
    { twin: traffic, name: 'closeRoad' },
  ];

  it('does not mind the order', () => {
    expect(sameFeatures([one, two], [two, one])).toBe(true);
  });

  it.each([
    [[one], [one, two]],
    [[one, two], [one]],
    [
      [one, two],
      [one, one],
    ],
    [[one], [{ ...one, twin: fire }]],
  ])('sees another set: %j %j', (left, right) => {
    expect(sameFeatures(left, right)).toBe(false);
  });
});
