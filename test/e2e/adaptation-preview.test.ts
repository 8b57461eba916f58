import { PREVIEW_EXAMPLE } from '../../src/adaptor/preview/examples.js';
import { RunningBroker, type TestOrganization } from './support/running-broker.js';

// A broker starts and stops here: that takes seconds, and more on a busy machine.

interface Preview {
  readonly planned: {
    readonly need?: string;
    readonly confidence?: number;
    readonly flows?: { steps: { id: string; confidence?: number }[]; losses: { kind: string }[] }[];
  };
  readonly steps: { readonly step: string; readonly payload: unknown }[];
  readonly outcome: unknown;
  readonly failure?: object;
  readonly sampleViolations: unknown[];
  readonly outcomeViolations: unknown[];
  readonly roundTrip: { readonly payload: unknown; readonly differences: unknown[]; readonly isDeclared: boolean };
}
interface Problem {
  readonly type: string;
  readonly errors?: { pointer: string }[];
  readonly unresolved?: { step: string; pointer: string; candidates: string[] }[];
}

const [FEATURE] = PREVIEW_EXAMPLE.offering.features;
const [NEED] = PREVIEW_EXAMPLE.using.needs;

/** The example with another offer, need or sample. */
function altered({ feature = {}, need = {}, ...rest }: { feature?: object; need?: object; [member: string]: unknown } = {}): object {
  return {
    ...PREVIEW_EXAMPLE,
    offering: { ...PREVIEW_EXAMPLE.offering, features: [{ ...FEATURE, ...feature }] },
    using: { ...PREVIEW_EXAMPLE.using, needs: [{ ...NEED, ...need }] },
    ...rest,
  };
}

describe('the preview of an adaptation over HTTP', () => {
  let broker: RunningBroker;
  let city: TestOrganization;
  beforeAll(async () => {
    broker = await RunningBroker.start();
    city = await broker.createOrganization();
  });
  afterAll(() => broker.close());

  const post = <T = Preview>(body: unknown, token = city.token) => broker.api<T>('POST', '/v1/adaptations/preview', body, token);

  it('shows the plan, every payload on the way, and the way back', async () => {
    const { status, body } = await post(PREVIEW_EXAMPLE);
    expect(status).toBe(200);
    expect(body.planned.flows?.[0]?.steps.map(({ id, confidence }) => [id, confidence])).toEqual([['move', 0.72], ['unit', 0.72]]); // prettier-ignore
    expect(body.steps.map(({ step, payload }) => [step, payload])).toEqual([
      ['move', { vehicle: 'urn:example:vehicle:7', motion: { velocity: 36 } }],
      ['unit', { vehicle: 'urn:example:vehicle:7', motion: { velocity: 10 } }],
    ]);
    expect(body).toMatchObject({ outcome: { motion: { velocity: 10 } }, sampleViolations: [], outcomeViolations: [] });
    expect(body.roundTrip).toMatchObject({ payload: { id: 'urn:example:vehicle:7', speed: 36 }, isDeclared: true });
    expect(body.roundTrip.differences).toEqual([{ pointer: '/lane', loss: 'property-dropped' }]);
  });

  it('names what cannot be bridged with the step, and what must be said with the candidates', async () => {
    const speed = { type: 'object', properties: { speed: { type: 'number', 'x-unit': 'kW' } }, required: ['speed'] };
    const unit = await post<Problem>(altered({ feature: { schema: speed } }));
    expect([unit.status, unit.body.type]).toEqual([422, 'urn:twinfed:problem:semantic-unresolved']);
    expect(unit.body.unresolved?.[0]).toMatchObject({ step: 'move', pointer: '/vehicle' });
    const need = { schema: { type: 'object', properties: { speed: { type: 'number', 'x-unit': 'm/s' } }, required: ['speed'] } };
    const units = await post<Problem>(altered({ feature: { schema: speed }, need }));
    expect([units.status, units.body.type]).toEqual([422, 'urn:twinfed:problem:adaptation-unsupported']);
    expect(units.body.unresolved?.[0]).toMatchObject({ step: 'unit', pointer: '/speed' });
  });

  it('tells of a sample that its step cannot adapt: the step, the place, the payload before', async () => {
    const { status, body } = await post(altered({ sample: { id: 'x', speed: 'fast' } }));
    expect(status).toBe(200);
    expect(body.failure).toEqual({
      step: 'unit',
      detail: expect.stringContaining('not a number') as string,
      pointer: '/motion/velocity',
      before: { vehicle: 'x', motion: { velocity: 'fast' } },
    });
    expect(body.sampleViolations).toHaveLength(1);
  });

  it('plans without a sample, both ways of a function, and in another format', async () => {
    const plain = await post(altered({ sample: undefined }));
    expect(Object.keys(plain.body)).toEqual(['planned']);
    const csv = await post(
      altered({ need: { format: 'csv', schema: { type: 'object', properties: { speed: { type: 'number', 'x-unit': 'm/s' } } } } }),
    );
    expect([csv.status, typeof csv.body.outcome]).toEqual([200, 'string']);
    const cyclic = { $id: 'urn:test:tree', type: 'object', properties: { next: { $ref: '#' }, v: { type: 'number' } } };
    const cycle = await post(
      altered({ feature: { schema: cyclic }, need: { schema: { ...cyclic, $id: 'urn:test:other' } }, sample: { v: 1, next: { v: 2 } } }),
    );
    expect(cycle.status).toBe(200);
  });

  it.each<[string, object, string | undefined]>([
    ['an empty body', {}, '/offering'],
    ['no feature', { offering: {}, using: {} }, '/feature'],
    ['a feature that is not there', { ...PREVIEW_EXAMPLE, feature: 'other' }, '/feature'],
    [
      'the same twin twice',
      { ...PREVIEW_EXAMPLE, using: { ...PREVIEW_EXAMPLE.using, twin: PREVIEW_EXAMPLE.offering.twin } },
      '/using/twin',
    ],
    ['a schema that is none', altered({ need: { schema: { type: 'nonsense' } } }), '/using/needs/0/schema/type'],
    ['a schema of a function', altered({ need: { input: true } }), '/using/needs/0/input'],
    ['a purpose that is none of it', altered({ purpose: 'output' }), '/purpose'],
    ['a twin that is no URI', { ...PREVIEW_EXAMPLE, using: { twin: 'x y' } }, '/using/twin'],
    ['a script that is no JSONata', altered({ script: '{{' }), '/script'],
    ['an answer for a place that is not looked for', altered({ matches: [{ from: '/speed', to: '/nothing' }] }), '/matches/0/to'],
    ['options that are a list', altered({ need: { formatOptions: [] } }), '/using/needs/0/formatOptions'],
  ])('refuses %s', async (_name, body, pointer) => {
    const answer = await post<Problem>(body);
    expect(answer.status).toBe(400);
    if (pointer !== undefined) expect(answer.body.errors?.[0]?.pointer).toBe(pointer);
  });

  it.each<[string, object]>([
    ['a format that nobody knows', altered({ need: { format: 'edifact' } })],
    ['options that the format does not take', altered({ need: { format: 'csv', formatOptions: { nonsense: 1 } } })],
    ['an answer that points nowhere', altered({ matches: [{ from: '/nothing', to: '/vehicle' }] })],
  ])('cannot bridge %s', async (_name, body) => {
    expect((await post<Problem>(body)).status).toBe(422);
  });

  it('is for callers with a token', async () => {
    expect((await broker.api('POST', '/v1/adaptations/preview', PREVIEW_EXAMPLE)).status).toBe(401);
  });
});
