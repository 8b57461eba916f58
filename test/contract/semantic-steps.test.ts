import { CastStep } from '../../src/adaptor/semantic/cast/cast.step.js';
import { CodesStep } from '../../src/adaptor/semantic/codes/codes.step.js';
import { CrsStep } from '../../src/adaptor/semantic/crs/crs.step.js';
import { DefaultStep } from '../../src/adaptor/semantic/default/default.step.js';
import { DropStep } from '../../src/adaptor/semantic/drop/drop.step.js';
import { EntriesStep } from '../../src/adaptor/semantic/entries/entries.step.js';
import { IdentifierStep } from '../../src/adaptor/semantic/identifier/identifier.step.js';
import { MoveStep } from '../../src/adaptor/semantic/move/move.step.js';
import { SemanticSteps } from '../../src/adaptor/semantic/semantic-steps.js';
import { TimeStep } from '../../src/adaptor/semantic/time/time.step.js';
import { UnitStep } from '../../src/adaptor/semantic/unit/unit.step.js';
import { semanticStepContract, type SemanticStepCase } from './semantic-step.js';

const CASES: readonly SemanticStepCase[] = [
  {
    step: new MoveStep(),
    parameters: {
      moves: [
        { from: '/a/b', to: '/x', confidence: 0.8, by: 'exactMatch' },
        { from: '/constructor', to: '/deep/y' },
        { from: '/rows/*/v', to: '/list/*/value' },
        { from: '/rows/*/n', to: '/list/*/in/name' },
      ],
      dropped: ['/gone'],
    },
    values: [
      { given: { a: { b: 1 }, constructor: 'c' }, gives: { x: 1, deep: { y: 'c' } } },
      { given: { rows: [{ v: 1, n: 'a' }, { v: 2 }], gone: true }, gives: { list: [{ value: 1, in: { name: 'a' } }, { value: 2 }] } },
      { given: { a: { b: null } }, gives: { x: null } },
      { given: {}, gives: {} },
    ],
    refused: [{ given: { rows: {} }, pointer: '/rows' }],
    wrong: [
      { parameters: { moves: [{ from: '/a', to: 'b' }] }, pointer: '/moves/0/to' },
      { parameters: { moves: [{ from: '/a/*', to: '/b' }] }, pointer: '/moves/0' },
      { parameters: { moves: [{ from: '/a', to: '/b' }, { from: '/c', to: '/b/d' }] }, pointer: '/moves/1/to' }, // prettier-ignore
      { parameters: { moves: [{ from: '/a', to: '/__proto__/x' }] }, pointer: '/moves/0/to' },
      { parameters: { moves: {} }, pointer: '/moves' },
      { parameters: { other: 1 }, pointer: '/other' },
    ],
  },
  {
    step: new EntriesStep(),
    parameters: { changes: [{ at: '/readings', to: 'object', key: 'name', value: 'v' }] },
    values: [{ given: { readings: [{ name: 'a', v: 1 }, { name: 'toString', v: 2 }] }, gives: { readings: { a: 1, toString: 2 } } }, { given: { readings: null }, gives: { readings: null } }], // prettier-ignore
    refused: [
      { given: { readings: {} }, pointer: '/readings' },
      { given: { readings: [{ name: 'a', v: 1 }, { name: 'a', v: 2 }] }, pointer: '/readings' }, // prettier-ignore
      { given: { readings: [{ name: '__proto__', v: 1 }] }, pointer: '/readings' },
    ],
    wrong: [{ parameters: { changes: [{ at: '/a', to: 'object', key: 'x', value: 'x' }] }, pointer: '/changes/0/value' }],
  },
  {
    step: new DropStep(),
    parameters: { at: ['/a', '/rows/*/b'] },
    values: [{ given: { a: 1, c: 2, rows: [{ b: 1, d: 2 }] }, gives: { c: 2, rows: [{ d: 2 }] } }],
    refused: [{ given: { rows: { b: 1 } }, pointer: '/rows' }],
    wrong: [{ parameters: { at: ['a'] }, pointer: '/at' }],
  },
  {
    step: new DefaultStep(),
    parameters: { values: [{ at: '/type', value: 'Reading', always: true }, { at: '/meta/source', value: { by: 'city' } }] }, // prettier-ignore
    values: [
      { given: { v: 1 }, gives: { v: 1, type: 'Reading', meta: { source: { by: 'city' } } } },
      { given: { type: 'Other', meta: { source: 'x' } }, gives: { type: 'Reading', meta: { source: 'x' } } },
    ],
    refused: [{ given: { meta: 1 }, pointer: '/meta' }],
    wrong: [
      { parameters: { values: [{ at: '', value: 1 }] }, pointer: '/values/0/at' },
      { parameters: { values: [{ at: '/a' }] }, pointer: '/values/0/value' },
    ],
  },
  {
    step: new UnitStep(),
    parameters: { conversions: [{ at: '/speed', from: 'km/h', to: 'm/s' }, { at: '/t/*', from: 'Cel', to: 'K', integer: true }] }, // prettier-ignore
    values: [
      { given: { speed: 36, t: [0, 21.4] }, gives: { speed: 10, t: [273, 295] } },
      { given: { speed: null, road: 'A40' }, gives: { speed: null, road: 'A40' } },
    ],
    refused: [
      { given: { speed: '36' }, pointer: '/speed' },
      { given: { t: [1, 'x'] }, pointer: '/t/1' },
      { given: [], pointer: '' },
    ],
    wrong: [
      { parameters: { conversions: [{ at: '/a', from: 'km/h', to: 'kW' }] }, pointer: '/conversions/0' },
      { parameters: { conversions: [{ at: '/a', from: 'furlong', to: 'm' }] }, pointer: '/conversions/0' },
    ],
  },
  {
    step: new CodesStep(),
    parameters: { crosswalks: [{ at: '/level', codes: [['low', 1], ['mid', 5], ['high', 5]] }, { at: '/tags/*', codes: [['a', 'x']], otherwise: 'drop' }] }, // prettier-ignore
    values: [{ given: { level: 'low', tags: ['a', 'b'] }, gives: { level: 1, tags: ['x'] } }, { given: { level: 'high' }, gives: { level: 5 } }], // prettier-ignore
    refused: [{ given: { level: 'extreme' }, pointer: '/level' }],
    wrong: [
      { parameters: { crosswalks: [{ at: '/a', codes: [['x']] }] }, pointer: '/crosswalks/0/codes' },
      { parameters: { crosswalks: [{ at: '/a', codes: [['x', 1], ['x', 2]] }] }, pointer: '/crosswalks/0/codes' }, // prettier-ignore
    ],
  },
  {
    step: new IdentifierStep(),
    parameters: { mappings: [{ at: '/road', from: 'usrn', to: 'osm', pairs: { '81': 'way/1', '82': 'way/2' } }] },
    values: [{ given: { road: '81' }, gives: { road: 'way/1' } }],
    refused: [{ given: { road: '99' }, pointer: '/road' }, { given: { road: {} }, pointer: '/road' }], // prettier-ignore
    wrong: [{ parameters: { mappings: [{ at: '/a', from: 'x', to: 'y', pairs: { a: 1 } }] }, pointer: '/mappings/0/pairs' }],
  },
  {
    step: new CrsStep(),
    parameters: { conversions: [{ at: '/at', from: { crs: 'EPSG:3857', axisOrder: 'xy' }, to: { crs: 'EPSG:4326', axisOrder: 'yx' } }] },
    values: [
      { given: { at: [0, 0] }, gives: { at: [0, 0] } },
      { given: { at: { type: 'LineString', coordinates: [[0, 0, 12], [111_319.4908, 0, 13]], bbox: [0, 0, 1, 1] } }, gives: { at: { type: 'LineString', coordinates: [[0, 0, 12], [0, 1, 13]] } } }, // prettier-ignore
    ],
    refused: [
      { given: { at: 'here' }, pointer: '/at' },
      { given: { at: [1] }, pointer: '/at' },
      { given: { at: [1, 'x'] }, pointer: '/at' },
    ],
    wrong: [
      {
        parameters: { conversions: [{ at: '/a', from: { crs: 'EPSG:1', axisOrder: 'xy' }, to: { crs: 'EPSG:4326', axisOrder: 'xy' } }] },
        pointer: '/conversions/0/from/crs',
      },
      {
        parameters: { conversions: [{ at: '/a', from: { crs: 'EPSG:4326' }, to: { crs: 'EPSG:4326', axisOrder: 'xy' } }] },
        pointer: '/conversions/0/from/axisOrder',
      },
    ],
  },
  {
    step: new TimeStep(),
    parameters: {
      conversions: [
        { at: '/at', from: { format: 'dd.MM.yyyy HH:mm', zone: 'Europe/Berlin' }, to: { format: 'rfc3339' } },
        { at: '/s', from: { format: 'rfc3339' }, to: { format: 'epoch-s' } },
        { at: '/zoned', from: { format: 'rfc3339' }, to: { format: 'rfc3339', zone: 'Asia/Tokyo' } },
      ],
    },
    values: [
      { given: { at: '01.07.2026 12:00' }, gives: { at: '2026-07-01T10:00:00.000Z' } },
      { given: { at: '25.10.2026 02:30' }, gives: { at: '2026-10-25T00:30:00.000Z' } },
      { given: { s: '2026-01-01T00:00:00.5+01:00' }, gives: { s: 1_767_222_000 } },
      { given: { zoned: '2026-01-01T00:00:00Z' }, gives: { zoned: '2026-01-01T09:00:00.000+09:00' } },
    ],
    refused: [
      { given: { at: '29.03.2026 02:30' }, pointer: '/at' },
      { given: { at: 'soon' }, pointer: '/at' },
      { given: { s: '2026-01-01T00:00:00' }, pointer: '/s' },
      { given: { s: '2026-02-30T00:00:00Z' }, pointer: '/s' },
    ],
    wrong: [
      { parameters: { conversions: [{ at: '/a', from: { format: 'HH:mm' }, to: { format: 'rfc3339' } }] }, pointer: '/conversions/0/from' },
      {
        parameters: { conversions: [{ at: '/a', from: { format: 'rfc3339' }, to: { format: 'rfc3339', zone: 'Mars/Base' } }] },
        pointer: '/conversions/0/to',
      },
    ],
  },
  {
    step: new CastStep(),
    parameters: { casts: [{ at: '/i', to: 'integer' }, { at: '/t', to: 'text' }, { at: '/n', to: 'number' }, { at: '/l', to: 'list' }, { at: '/s', to: 'single' }] }, // prettier-ignore
    values: [{ given: { i: 1.6, t: 2.5, n: '1e3', l: 'x', s: ['y'] }, gives: { i: 2, t: '2.5', n: 1000, l: ['x'], s: 'y' } }],
    refused: [
      { given: { n: '0x10' }, pointer: '/n' },
      { given: { s: [] }, pointer: '/s' },
      { given: { t: 'x' }, pointer: '/t' },
    ],
    wrong: [{ parameters: { casts: [{ at: '/a', to: 'poem' }] }, pointer: '/casts/0/to' }],
  },
];

describe.each(CASES.map((each) => [each.step.name, each] as const))('the step %s', (_name, each) => {
  semanticStepContract(each);
});

it('every step is tried', () => {
  const names = CASES.map(({ step }) => step.name);
  // A script runs in a process of its own, and has tests of its own.
  expect([...names, 'script'].sort()).toEqual([...new SemanticSteps().names].sort());
});
