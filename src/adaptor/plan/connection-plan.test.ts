import {
  anAdaptor,
  fire,
  flowOf,
  number,
  object,
  planOf,
  refusal,
  run,
  type Sides,
  T,
  text,
  traffic,
} from '../../../test/support/plan-sides.js';
import type { AdaptationFlow } from './adaptation-plan.js';

describe('a plan', () => {
  const sides: Sides = {
    feature: { schema: object({ a: number({ 'x-term': `${T}a`, 'x-unit': 'km/h' }), b: text({ 'x-term': `${T}b` }) }) },
    need: {
      format: 'csv',
      schema: object({ speed: number({ 'x-term': `${T}a`, 'x-unit': 'm/s' }), name: text({ 'x-term': `${T}b` }) }, ['speed', 'name']),
    },
  };

  it('is the same plan for the same profiles, in whatever order they name things', async () => {
    const turned = {
      ...sides,
      feature: { schema: object({ b: text({ 'x-term': `${T}b` }), a: number({ 'x-unit': 'km/h', 'x-term': `${T}a` }) }) },
    };
    expect(JSON.stringify((await flowOf(turned)).steps)).toBe(JSON.stringify((await flowOf(sides)).steps).replaceAll('"x-term":"urn:test:term:a","x-unit":"km/h"', '"x-unit":"km/h","x-term":"urn:test:term:a"')); // prettier-ignore
    expect(JSON.stringify(await planOf(sides))).toBe(JSON.stringify(await planOf(sides)));
  });

  it('encodes in the format that is needed', async () => {
    const flow = await flowOf(sides);
    expect(flow.steps.map(({ id }) => id)).toEqual(['move', 'unit', 'encode']);
    expect(await run(flow, { a: 36, b: 'A40' })).toMatch(/10/);
  });

  it('keeps the digits of a number that nothing converts', async () => {
    const flow = await flowOf({
      feature: { schema: object({ a: number({ 'x-term': `${T}a` }) }) },
      need: { schema: object({ b: number({ 'x-term': `${T}a` }) }, ['b']) },
    });
    expect(await anAdaptor().compile(flow).run('{"a":1234567890.12345678901234567890}')).toBe('{"b":1234567890.12345678901234567890}');
  });

  it('fails by the name of the step, with the pointer and the payload before it', async () => {
    const flow = await flowOf({ ...sides, need: { ...sides.need, format: 'json' } });
    expect(() => anAdaptor().compile(flow).run('{"a":"fast","b":"x"}')).toThrow(
      expect.objectContaining({ step: 'unit', pointer: '/speed', before: '{"name":"x","speed":"fast"}' }) as Error,
    );
  });

  it('plans both ways of a function', async () => {
    const feature = {
      kind: 'function',
      input: object({ road: text({ 'x-term': `${T}road` }) }, ['road']),
      output: object({ closed: { type: 'boolean', 'x-term': `${T}closed` } }),
    } as const;
    const need = {
      kind: 'function',
      input: object({ street: text({ 'x-term': `${T}road` }) }),
      output: object({ done: { type: 'boolean', 'x-term': `${T}closed` } }),
    } as const;
    const flows = (await planOf({ feature, need })).features[0]?.flows ?? [];
    expect(flows.map(({ purpose, from, to }) => [purpose, from, to])).toEqual([['input', fire, traffic], ['output', traffic, fire]]); // prettier-ignore
    expect(await run(flows[0] as AdaptationFlow, { street: 'A40' })).toEqual({ road: 'A40' });
    expect(await run(flows[1] as AdaptationFlow, { closed: true })).toEqual({ done: true });
  });

  it('asks which of several needs a feature serves', async () => {
    const needs = ['a', 'b'].map((name) => ({ kind: 'data' as const, name, semanticType: `${T}flow` }));
    expect(await refusal({ feature: { semanticType: `${T}flow` }, needs })).toMatchObject({
      code: 'semantic-unresolved',
      extensions: { unresolved: [{ candidates: ['a', 'b'] }] },
    });
  });

  it('takes a script in place of matching', async () => {
    const ambiguous = { schema: object({ x: number() }, ['x']) };
    const scripts = [{ twin: traffic, feature: 'flow', purpose: 'data', expression: '{"x": a + b}' }] as const;
    const flow = await flowOf({ feature: { schema: object({ a: number(), b: number() }) }, need: ambiguous, answers: { scripts } });
    expect(flow.steps).toMatchObject([{ id: 'script', name: 'script', parameters: { expression: '{"x": a + b}' } }]);
  });
});
