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
import type { AdaptationFlow, FormSchema } from './adaptation-plan.js';

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

  describe('with units of features as a whole', () => {
    const list = (schema: FormSchema): FormSchema => ({ type: 'array', items: schema });
    const n = (more: object = {}): FormSchema => object({ a: number({ 'x-term': `${T}a`, ...more }), b: text({}) });
    const m = (more: object = {}): FormSchema => object({ z: number({ 'x-term': `${T}a`, ...more }) });

    it.each([
      ['in an object', n(), m(), { a: 36 }, { z: 10 }],
      ['in an object of the same shape', n(), n(), { a: 36, b: 'x' }, { a: 10, b: 'x' }],
      ['in a list of objects', list(n()), list(m()), [{ a: 36 }], [{ z: 10 }]],
      ['in a list within an object', object({ l: list(n()) }), object({ l: list(m()) }), { l: [{ a: 36 }] }, { l: [{ z: 10 }] }],
      ['said where the numbers are, too', list(n({ 'x-unit': 'km/h' })), list(m({ 'x-unit': 'm/s' })), [{ a: 36 }], [{ z: 10 }]],
    ])('converts the number that is meant, %s', async (_, from, to, given, wanted) => {
      const flow = await flowOf({ feature: { unit: 'km/h', schema: from }, need: { unit: 'm/s', schema: to } });
      expect(flow.steps.map(({ name }) => name)).toContain('unit');
      expect(await run(flow, given)).toEqual(wanted);
    });

    it('converts it for a receiver that takes the value as it is shaped', async () => {
      const flow = await flowOf({ feature: { unit: 'km/h', schema: list(n()) }, need: { unit: 'm/s' } });
      expect(await run(flow, [{ a: 36, b: 'x' }])).toEqual([{ a: 10, b: 'x' }]);
    });

    it('asks which number it is, also in a list', async () => {
      const two = list(object({ a: number({ 'x-term': `${T}a` }), c: number({ 'x-term': `${T}c` }) }));
      const sides = { feature: { unit: 'km/h', schema: two }, need: { unit: 'm/s', schema: list(m()) } };
      expect(await refusal(sides)).toMatchObject({ code: 'semantic-unresolved', extensions: { unresolved: [{ step: 'unit' }] } });
    });
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
