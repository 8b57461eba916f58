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
} from '../../test/support/plan-sides.js';
import { parseTwinId } from '../kernel/ids.js';

describe('what is not needed in another form', () => {
  it('is planned as the identity, each feature with the side that uses it', async () => {
    expect(await planOf({ feature: { version: '1.2.0' } })).toEqual({
      version: 1,
      features: [{ twin: traffic, peer: fire, kind: 'data', name: 'flow', version: '1.2.0' }],
    });
  });

  it('has no steps when both speak alike, and is checked against what is needed', async () => {
    const schema = object({ speed: number() }, ['speed']);
    const flow = await flowOf({ feature: { schema, semanticType: `${T}flow` }, need: { schema, semanticType: `${T}flow` } });
    expect(flow).toMatchObject({ steps: [], losses: [], target: { schema } });
    expect(anAdaptor().compile(flow)).toMatchObject({ isIdentity: true });
  });

  it.each([
    [traffic, 'incidents'],
    [parseTwinId('urn:example:twin:water'), 'flow'],
  ])('is refused when its side does not offer it: %s %s', async (twin, name) => {
    const sides = [{ twin: fire, features: [] }, { twin: traffic, features: [{ kind: 'data' as const, name: 'flow', version: '1.0.0' }] }] as const; // prettier-ignore
    await expect(anAdaptor().plan(...sides, [{ twin, name }])).rejects.toMatchObject({ code: 'adaptation-unsupported' });
  });
});

describe('terms', () => {
  it('match properties by declared terms, whatever their names, flatten and nest', async () => {
    const flow = await flowOf({
      feature: { schema: object({ pos: object({ street: text({ 'x-term': `${T}street` }) }), v: number({ 'x-term': `${T}speed` }) }) },
      need: {
        schema: object(
          { road: text({ 'x-term': `${T}street` }), motion: object({ speed: number({ 'x-term': `${T}speed` }) }, ['speed']) },
          ['road', 'motion'],
        ),
      },
    });
    expect(flow.steps.map(({ name, confidence }) => [name, confidence])).toEqual([['move', 1]]);
    expect(await run(flow, { pos: { street: 'A40' }, v: 3.1 })).toEqual({ road: 'A40', motion: { speed: 3.1 } });
  });

  it('follow from the namespace of the feature’s term, with less confidence through the dictionary', async () => {
    const flow = await flowOf({
      feature: {
        semanticType: 'https://smartdatamodels.org/dataModel.Transportation/Vehicle',
        schema: object({ speed: number({ 'x-unit': 'km/h' }) }),
      },
      need: {
        semanticType: 'https://smartdatamodels.org/dataModel.Transportation/Vehicle',
        schema: object({ velocity: number({ 'x-term': 'urn:twinfed:vocabulary:urban:vehicleSpeed', 'x-unit': 'm/s' }) }, ['velocity']),
      },
    });
    expect(flow.steps.map(({ id, confidence }) => [id, confidence])).toEqual([['move', 0.72], ['unit', 0.72]]); // prettier-ignore
    expect(flow.losses).toContainEqual(expect.objectContaining({ kind: 'rounding', pointer: '/speed' }));
    expect(await run(flow, { speed: 36 })).toEqual({ velocity: 10 });
  });

  it('that mean nearly the same are used and named as a loss', async () => {
    const terms = [{ iri: `${T}a`, closeMatch: [`${T}b`] }, { iri: `${T}b`, closeMatch: [`${T}a`] }, { iri: `${T}c`, broader: [`${T}b`] }]; // prettier-ignore
    for (const [term, confidence] of [
      [`${T}a`, 0.5],
      [`${T}c`, 0.6],
    ] as const) {
      // prettier-ignore
      const flow = await flowOf({ terms, feature: { schema: object({ x: number({ 'x-term': term }) }) }, need: { schema: object({ y: number({ 'x-term': `${T}b` }) }, ['y']) } });
      expect(flow.steps[0]).toMatchObject({ confidence });
      expect(flow.losses).toContainEqual(expect.objectContaining({ kind: 'meaning', pointer: '/x' }));
    }
  });

  it('that match in a circle come to an end', async () => {
    const terms = ['a', 'b', 'c'].map((name, index) => ({ iri: T + name, exactMatch: [`${T}${['b', 'c', 'a'][index] ?? ''}`] }));
    const flow = await flowOf({
      terms,
      feature: { schema: object({ x: number({ 'x-term': `${T}a` }) }) },
      need: { schema: object({ y: number({ 'x-term': `${T}c` }) }, ['y']) },
    });
    expect(flow.steps[0]).toMatchObject({ name: 'move', confidence: 0.8 });
  });

  it('that fit several places are asked about, with the candidates, and go by the answer', async () => {
    const sides: Sides = {
      feature: { schema: object({ inside: number({ 'x-term': `${T}temperature` }), outside: number({ 'x-term': `${T}temperature` }) }) },
      need: { schema: object({ t: number({ 'x-term': `${T}temperature` }) }) },
    };
    const asked = await refusal(sides);
    expect(asked.code).toBe('semantic-unresolved');
    expect(asked.extensions).toMatchObject({ unresolved: [{ step: 'match', pointer: '/t', candidates: ['/inside', '/outside'] }] });
    const matches = [{ twin: traffic, feature: 'flow', purpose: 'data', from: '/outside', to: '/t' }] as const;
    expect(await run(await flowOf({ ...sides, answers: { matches } }), { inside: 21, outside: 4 })).toEqual({ t: 4 });
  });

  it('that are missing are named with the nearest names; a same name without a term counts little', async () => {
    const sides: Sides = {
      feature: { schema: object({ velocity: number(), speed: number() }) },
      need: { schema: object({ speed: number(), velocities: number() }, ['velocities']) },
    };
    expect((await refusal(sides)).extensions).toMatchObject({ unresolved: [{ pointer: '/velocities', candidates: ['/velocity'] }] });
    const flow = await flowOf({ ...sides, need: { schema: object({ speed: number() }, ['speed'], { additionalProperties: false }) } });
    expect(flow.steps[0]).toMatchObject({ name: 'move', confidence: 0.4, parameters: { dropped: ['/velocity'] } });
    expect(await run(flow, { speed: 1, velocity: 2 })).toEqual({ speed: 1 });
  });
});

describe('forms of values', () => {
  it('are converted: units, codes, identifiers, reference systems, times and types, each by its step', async () => {
    const flow = await flowOf({
      feature: {
        schema: object({
          power: number({ 'x-term': `${T}power`, 'x-unit': 'kW' }),
          level: text({ 'x-term': `${T}level`, 'x-codes': { low: `${T}minor`, high: `${T}major` }, enum: ['low', 'high'] }),
          road: text({ 'x-term': `${T}road`, 'x-identifier': 'usrn' }),
          at: text({ 'x-term': `${T}time`, 'x-timeFormat': 'dd.MM.yyyy HH:mm', 'x-timeZone': 'Europe/London' }),
          where: { type: 'array', 'x-term': `${T}position`, 'x-crs': 'EPSG:27700', 'x-axisOrder': 'xy' },
          count: text({ 'x-term': `${T}count` }),
        }),
      },
      need: {
        schema: object({
          p: { type: 'integer', 'x-term': `${T}power`, 'x-unit': 'W' },
          severity: { type: 'integer', 'x-term': `${T}level`, 'x-codes': { 1: `${T}minor`, 5: `${T}major` }, enum: [1, 5] },
          street: text({ 'x-term': `${T}road`, 'x-identifier': 'osm' }),
          t: { type: 'integer', 'x-term': `${T}time`, 'x-timeFormat': 'epoch-s' },
          position: { type: 'array', 'x-term': `${T}position`, 'x-crs': 'EPSG:4326', 'x-axisOrder': 'yx' },
          n: number({ 'x-term': `${T}count` }),
        }, ['p', 'severity', 'street', 't', 'position', 'n']), // prettier-ignore
      },
      answers: { identifiers: [{ from: 'osm', to: 'usrn', pairs: { 'way/1': '8100001' } }] },
    });
    expect(flow.steps.map(({ id }) => id)).toEqual(['move', 'cast', 'time', 'unit', 'codes', 'identifier', 'crs']);
    const outcome = await run(flow, {
      power: 1.2345,
      level: 'high',
      road: '8100001',
      at: '01.07.2026 12:00',
      where: [530_000, 180_000],
      count: '7',
    });
    expect(outcome).toMatchObject({ p: 1235, severity: 5, street: 'way/1', t: 1_782_903_600, n: 7 });
    const [latitude, longitude] = (outcome as { position: [number, number] }).position;
    expect(latitude).toBeCloseTo(51.5037, 3);
    expect(longitude).toBeCloseTo(-0.1281, 3);
    expect(flow.steps.at(-1)?.schema).toMatchObject({ properties: { p: { 'x-unit': 'W' } } });
  });

  it('of a whole value: the unit of the feature is that of its only number', async () => {
    const flow = await flowOf({
      feature: { unit: 'km/h', schema: object({ v: number(), road: text() }) },
      need: { unit: 'm/s', schema: object({ v: number() }, ['v']) },
    });
    expect(await run(flow, { v: 36, road: 'A' })).toMatchObject({ v: 10 });
    const scalar = await flowOf({ feature: { unit: 'Cel', schema: number() }, need: { unit: 'K' } });
    expect(await run(scalar, 0)).toBe(273.15);
  });

  it.each([
    ['unit', number({ 'x-unit': 'km/h' }), number({ 'x-unit': 'kW' }), 'adaptation-unsupported'],
    ['cast', object({ a: number() }), number(), 'adaptation-unsupported'],
    ['codes', text({ enum: ['a'] }), text({ enum: ['b'] }), 'semantic-unresolved'],
    ['identifier', text({ 'x-identifier': 'x' }), text({ 'x-identifier': 'y' }), 'semantic-unresolved'],
    ['crs', { 'x-crs': 'EPSG:27700' }, { 'x-crs': 'EPSG:4326' }, 'semantic-unresolved'],
    ['time', text({ 'x-timeFormat': 'HH:mm' }), text({ format: 'date-time' }), 'semantic-unresolved'],
  ])('that %s cannot bridge are refused by the name of the step', async (step, from, to, code) => {
    const refused = await refusal({
      feature: { schema: object({ x: { ...from, 'x-term': `${T}x` } }) },
      need: { schema: object({ x: { ...to, 'x-term': `${T}x` } }, ['x']) },
    });
    expect(refused).toMatchObject({ code, extensions: { unresolved: [{ step, pointer: '/x' }] } });
  });

  it('are asked about when the unit of a whole object may be that of several numbers', async () => {
    const refused = await refusal({
      feature: { unit: 'km/h', schema: object({ a: number(), b: number() }) },
      need: { unit: 'm/s', schema: object({ a: number() }, ['a']) },
    });
    expect(refused).toMatchObject({ code: 'semantic-unresolved', extensions: { unresolved: [{ step: 'unit' }] } });
  });
});

describe('shapes', () => {
  it('go through arrays element by element', async () => {
    const flow = await flowOf({
      feature: {
        schema: object({
          rows: { type: 'array', 'x-term': `${T}rows`, items: object({ v: number({ 'x-term': `${T}v`, 'x-unit': 'kW' }) }) },
        }),
      },
      need: {
        schema: object(
          {
            list: {
              type: 'array',
              'x-term': `${T}rows`,
              items: object({ power: number({ 'x-term': `${T}v`, 'x-unit': 'W' }) }, ['power']),
            },
          },
          ['list'],
        ),
      },
    });
    expect(await run(flow, { rows: [{ v: 1 }, { v: 2 }] })).toEqual({ list: [{ power: 1000 }, { power: 2000 }] });
  });

  it('of keys and values become objects, and objects become those', async () => {
    const members = { speed: number({ 'x-term': `${T}speed` }) };
    const list = { type: 'array', 'x-term': `${T}readings`, 'x-entries': { key: 'name', value: 'value', members } };
    const plain = object({ velocity: number({ 'x-term': `${T}speed` }) }, ['velocity']);
    const there = await flowOf({ feature: { schema: object({ readings: list }) }, need: { schema: plain } });
    expect(there.steps.map(({ id }) => id)).toEqual(['entries', 'move']);
    expect(await run(there, { readings: [{ name: 'speed', value: 3 }] })).toEqual({ velocity: 3 });
    const back = await flowOf({ feature: { schema: plain }, need: { schema: object({ readings: list }, ['readings']) } });
    expect(await run(back, { velocity: 3 })).toEqual({ readings: [{ name: 'speed', value: 3 }] });
  });

  it('get what the receiver’s schema itself says, and say so', async () => {
    const flow = await flowOf({
      feature: { schema: object({ v: number({ 'x-term': `${T}v` }) }) },
      need: {
        schema: object({ kind: { const: 'Reading' }, source: text({ default: 'city' }), v: number({ 'x-term': `${T}v` }) }, ['kind', 'v']),
      },
    });
    expect(await run(flow, { v: 1 })).toEqual({ v: 1, kind: 'Reading', source: 'city' });
    expect(flow.losses.filter(({ kind }) => kind === 'assumed')).toHaveLength(2);
  });
});
