import fc from 'fast-check';
import { JSONPathEnvironment, type JSONValue } from 'json-p3';
import type { Database } from '../../src/database/database.js';
import { readJsonPath } from '../../src/discovery/json-path/read-json-path.js';
import { JsonPathRefused } from '../../src/discovery/json-path/json-path-condition.js';
import { keysOfProfile } from '../../src/registry/search/search-keys.js';
import type { TwinProfile } from '../../src/registry/twin.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

let store: TestDatabase;
let database: Database;

beforeAll(async () => {
  store = await createTestDatabase();
  database = await store.open(2);
});
afterAll(async () => {
  await database.close();
  await store.drop();
});

/** What PostgreSQL says of each path on each document, in one statement. */
async function existsIn(cases: readonly { path: string; document: unknown }[]): Promise<boolean[]> {
  const rows = await database.query<{ found: boolean }>(
    `SELECT (document @? path::jsonpath) AS found FROM unnest($1::text[], $2::jsonb[]) WITH ORDINALITY AS c (path, document, i) ORDER BY i`,
    [cases.map(({ path }) => path), cases.map(({ document }) => JSON.stringify(document))],
  );
  return rows.map(({ found }) => found);
}

/** The reference, held to the letter: it would match a list by the text that JavaScript makes of it. */
const reference = new JSONPathEnvironment();
for (const name of ['match', 'search']) {
  const lenient = reference.functionRegister.get(name);
  if (lenient === undefined) throw new Error(`json-p3 has no function ${name}`);
  const strict = { argTypes: lenient.argTypes, returnType: lenient.returnType, call: (value: unknown, pattern: unknown): unknown => typeof value === 'string' && lenient.call(value, pattern) }; // prettier-ignore
  reference.functionRegister.set(name, strict);
}

function selects(path: string, document: unknown): boolean {
  return reference.query(path, document as JSONValue).nodes.length > 0;
}

const name = fc.constantFrom('a', 'b', 'name', 'unit', 'features', 'labels', 'two words', "it's");
const scalar = fc.oneof(fc.constantFrom<unknown>('x', 'xy', 'km/h', '', 'B', true, false, null), fc.constantFrom(0, 1, 2, -1, 1.5, 100));
const { value: document } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, scalar, fc.array(tie('value'), { maxLength: 3 }), fc.dictionary(name, tie('value'), { maxKeys: 4 })),
}));
const literal = fc.oneof(fc.constantFrom(`'x'`, `'xy'`, `'km/h'`, 'true', 'false', 'null', '0', '1', '-1', '1.5', '1e2'));
const nameSelector = name.map((each) => `[${JSON.stringify(each)}]`);
const { segments } = fc.letrec<{ filter: string; segments: string; comparable: string; segment: string; test: string }>((tie) => ({
  segment: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    nameSelector, nameSelector, name.filter((each) => /^[a-z]+$/.test(each)).map((each) => `.${each}`), fc.constantFrom('[*]', '.*', '[0]', '[-1]', '[1]', '[1:]', '[0:2]', '[0:3:2]', '[:]'),
    fc.tuple(name, fc.constantFrom('*', '0')).map(([each, other]) => `[${JSON.stringify(each)},${other}]`),
    tie('filter').map((each) => `[?${each}]`), name.map((each) => `..[${JSON.stringify(each)}]`),
  ), // prettier-ignore
  segments: fc.array(tie('segment'), { minLength: 0, maxLength: 3 }).map((each) => each.join('')),
  comparable: fc.tuple(fc.constantFrom('@', '$'), fc.array(fc.oneof(nameSelector, fc.constantFrom('[0]', '[-1]')), { maxLength: 2 })).map(([base, steps]) => base + steps.join('')),
  test: fc.oneof(
    fc.tuple(tie('comparable'), fc.constantFrom('==', '!=', '<', '<=', '>', '>='), literal).map((parts) => parts.join(' ')),
    fc.tuple(literal, fc.constantFrom('==', '<', '>='), tie('comparable')).map((parts) => parts.join(' ')),
    fc.tuple(fc.constantFrom('@', '$'), tie('segments')).map((parts) => parts.join('')),
    fc.tuple(fc.constantFrom('match', 'search'), tie('comparable'), fc.constantFrom('x.*', 'x|k', '[a-x]+', 'km/h', 'x?y', '(x|B)')).map(([fn, at, pattern]) => `${fn}(${at}, '${pattern}')`),
  ), // prettier-ignore
  filter: fc.oneof(
    { maxDepth: 2 },
    tie('test'),
    fc.tuple(tie('filter'), fc.constantFrom('&&', '||'), tie('filter')).map((parts) => `(${parts.join(' ')})`),
    tie('filter').map((each) => `!(${each})`),
  ),
})); // prettier-ignore

describe('a JSONPath in PostgreSQL', () => {
  it('selects something exactly where RFC 9535 says so', async () => {
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(segments, document), { minLength: 40, maxLength: 40 }), async (pairs) => {
        const cases = pairs.flatMap(([rest, content]) => {
          const path = `$${rest}`;
          try {
            return [{ asked: path, path: readJsonPath(path).sqlPath, document: content }];
          } catch (error) {
            if (error instanceof JsonPathRefused) return [];
            throw error;
          }
        });
        taken += cases.length;
        const found = await existsIn(cases);
        cases.forEach((each, index) => {
          const wanted = selects(each.asked, each.document);
          if (found[index] !== wanted) throw new Error(`${each.asked} on ${JSON.stringify(each.document)}: wanted ${wanted}; ${each.path}`);
        });
      }),
      { numRuns: 60 },
    );
    expect(taken).toBeGreaterThan(1_000);
  });

  it.each([
    ['$.a', { a: null }, true],
    ['$.a', [{ a: 1 }], false],
    ['$.a[*]', { a: 'text' }, false],
    ['$[?@.a == null]', [{ b: 1 }], false],
    ['$[?!@.a]', [{ b: 1 }], true],
    ['$[?@.a != 1]', [{ a: [] }], true],
    ['$[?@.a < 2]', [{ a: '1' }], false],
    ['$[?@.a <= true]', [{ a: true }], true],
    ['$..a', { x: [{ y: { a: 1 } }] }, true],
    ['$[?match(@.a, "x.y")]', [{ a: 'x\ny' }], false],
    ['$[?search(@.a, "b{2}")]', [{ a: 'abbc' }], true],
    ['$[?search(@.a, "[^a]")]', [{ a: '\n' }], true],
    ["$['a\\u0062']", { ab: 1 }, true],
    ['$', 1, true],
    ['$[-2]', [1], false],
  ])('%s on %j: %s', async (path, content, wanted) => {
    expect([await existsIn([{ path: readJsonPath(path).sqlPath, document: content }]), selects(path, content)]).toEqual([[wanted], wanted]);
  });

  it.each([
    ['match(@.x, "(a+)+b")', 'a group is repeated'],
    ['match(@.x, "(a|aa)*")', 'a group is repeated'],
    ['match(@.x, "a{1,100}")', 'at most 64'],
    ['match(@.x, "\\\\p{L}")', 'not supported'],
    ['match(@.x, @.y)', 'is a literal'],
    ['length(@.x) > 3', 'length()'],
    ['count(@.*) > 3', 'count()'],
    ['@.a == @.b', 'two paths are not compared'],
  ])('refuses [?%s]: %s', (filterText, detail) => {
    expect(() => readJsonPath(`$[?${filterText}]`)).toThrow(detail);
  });

  it.each([
    ['$' + '..a'.repeat(3), 'descendant'],
    ['$' + '[*]'.repeat(20), 'too large'],
    ['$' + '[?@'.repeat(30) + ']'.repeat(30), 'deep'],
    ['$[?' + '('.repeat(300) + '@' + ')'.repeat(300) + ']', 'deep'],
    ['$' + '.a'.repeat(600), 'characters'],
    ['$[?!!@.a]', 'negat'],
    ['a.b', 'RFC 9535'],
    ['$[', 'RFC 9535'],
    ['$[1:99999999]', 'slice'],
    ['$[::2]', 'slice'],
    ['$[?@.a == 1e999]', 'out of range'],
  ])('refuses %s: %s', (path, detail) => {
    expect(() => readJsonPath(path)).toThrow(detail);
  });

  it('refuses a path of hundreds of steps before it looks for its keys', () => {
    expect(() => readJsonPath(`$${'.a'.repeat(490)}`)).toThrow(JsonPathRefused);
  });

  it('has keys that every match has, and only matches where they are said to decide', () => {
    const profile = (features: unknown[], labels: Record<string, string>): TwinProfile =>
      ({
        name: 'n',
        domain: 'd',
        objectOfInterest: ['urn:o'],
        endpoints: [],
        labels,
        access: 'listed',
        features,
      }) as unknown as TwinProfile;
    const profiles = [
      profile([], {}),
      profile(
        [
          { kind: 'data', name: 'x', schema: { type: 'number', unit: 1 } },
          { kind: 'function', name: 'y', unit: 'km/h' },
        ],
        { b: 'x' },
      ),
      profile([{ kind: 'data', name: 'y', unit: 'km/h', semanticType: 'urn:t' }], { unit: 'x', 'two words': 'y' }),
    ];
    const paths = [
      '$.labels.b', '$.features[*].unit', '$.features[?@.name == "x"]', '$.features[?@.kind == "data" && @.unit]', '$.features[?@.unit == "km/h"].semanticType',
      '$.features.unit', '$.features[0].unit', '$.labels[*]', '$..unit', '$.features[*].schema.unit', '$.features[?@.schema.type == "number"]', '$[?@.unit]',
      '$.objectOfInterest[?@ == "urn:o"]', '$.features[?!@.unit]', '$.features[?@.name != "x"]', '$.labels["two words"]', '$.name', '$.features', '$.labels[?@ == "x"]',
      '$.features[?$.labels.b == "x"]', '$.features[?@.name == "x" || @.name == "y"]', '$.features[?@.semanticType]', '$.features[?"data" == @.kind].unit', '$.name.x',
      '$.features[1:].unit', '$.features["name","unit"]',
    ]; // prettier-ignore
    for (const path of paths) {
      const { keys, exact } = readJsonPath(path);
      for (const each of profiles) {
        const has = new Set(keysOfProfile(each, () => undefined));
        const [wanted, hasAll] = [selects(path, each), keys.every((key) => has.has(key))];
        expect([path, wanted && !hasAll]).toEqual([path, false]);
        if (exact) expect([path, hasAll]).toEqual([path, wanted]);
      }
    }
    expect(['$.labels.b', '$.features[*].unit', '$.features[?@.name == "x"]'].map((path) => readJsonPath(path).exact)).toEqual([
      true,
      true,
      true,
    ]);
  });
});
