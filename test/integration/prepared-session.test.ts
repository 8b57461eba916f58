import { type BindWriter, ELEMENTS, type ElementType } from '../../src/database/bind-writer.js';
import type { Database } from '../../src/database/database.js';
import { type PreparedStatement, PreparedSession } from '../../src/database/prepared-session.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const fieldsOf = (fields: readonly (string | null)[]): (string | null)[] => [...fields];

/** What PostgreSQL understands of an array: its text form as JSON. */
function echoOf(type: string): PreparedStatement<(string | null)[]> {
  return { name: `echo-${type}`, text: `SELECT to_json($1::${type}[]), array_ndims($1::${type}[])`, parameters: 1, row: fieldsOf };
}

const ECHO: PreparedStatement<(string | null)[]> = { name: 'echo', text: 'SELECT $1::text, $2::integer', parameters: 2, row: fieldsOf };
const DIVIDE: PreparedStatement<(string | null)[]> = { name: 'divide', text: 'SELECT 10 / $1::integer', parameters: 1, row: fieldsOf };
const DIE: PreparedStatement<unknown> = {
  name: 'die',
  text: 'SELECT pg_terminate_backend(pg_backend_pid())',
  parameters: 0,
  row: fieldsOf,
};

describe('a session of prepared statements', () => {
  let of: TestDatabase;
  let database: Database;
  let session: PreparedSession;

  beforeAll(async () => {
    of = await createTestDatabase();
    database = await of.open();
  });

  beforeEach(() => {
    session = new PreparedSession(database, 'a test');
  });

  afterEach(async () => {
    await session.end();
  });

  afterAll(async () => {
    await database.close();
    await of.drop();
  });

  const divide = (by: number): Promise<(string | null)[][]> => session.run(DIVIDE, (writer) => writer.integer(by));
  const echo = (text: string | null, number: number): Promise<(string | null)[][]> =>
    session.run(ECHO, (writer) => {
      writer.text(text);
      writer.integer(number);
    });

  const arrays: [string, keyof typeof ELEMENTS, unknown[], unknown[]?][] = [
    ['text', 'text', ['', 'a "b" \\ {c}', 'ä€😀', null, 'NULL', 'x'.repeat(50_000)]],
    ['text', 'text', ['\ud800'], ['\ufffd']],
    ['bytea', 'bytea', [Buffer.from([0, 255]), null, Buffer.alloc(0)], ['\\x00ff', null, '\\x']],
    ['boolean', 'boolean', [true, null, false]],
    ['smallint', 'smallint', [-32_768, 0, null, 32_767]],
    ['integer', 'integer', [-2_147_483_648, 0, null, 2_147_483_647]],
    ['bigint', 'bigint', [Number.MIN_SAFE_INTEGER, -1, 0, null, 1, 4_294_967_296, Number.MAX_SAFE_INTEGER]],
    [
      'bigint',
      'digits',
      ['-9223372036854775808', '0', null, '9223372036854775807'],
      ['-9223372036854775808', '0', null, '9223372036854775807'],
    ],
    ['timestamptz', 'timestamptz', [0, Date.parse('2026-11-22T01:02:03.456Z'), null, Date.parse('1969-12-31T23:59:59.999Z')]],
  ];

  it.each(arrays)('writes arrays of %s (%s)', async (type, element, values, expected = values) => {
    const statement =
      type === 'bigint' ? { ...echoOf(type), text: 'SELECT to_json($1::bigint[]::text[]), array_ndims($1::bigint[])' } : echoOf(type);
    const [[json, dimensions] = []] = await session.run(statement, (writer) =>
      writer.array(ELEMENTS[element] as ElementType<unknown>, values, (value) => value),
    );
    const found = JSON.parse(json ?? '') as (string | number | null)[];
    const read = (value: string | number | null): unknown =>
      value === null || element === 'digits'
        ? value
        : type === 'bigint'
          ? Number(value)
          : type === 'timestamptz'
            ? Date.parse(String(value))
            : value;
    expect(found.map(read)).toEqual(expected);
    expect(dimensions).toBe('1');
  });

  it('writes arrays without elements, and nothing', async () => {
    expect(await session.run(echoOf('text'), (writer) => writer.array(ELEMENTS.text, [], () => ''))).toEqual([['[]', null]]);
    expect(await session.run(echoOf('text'), (writer) => writer.null())).toEqual([[null, null]]);
    expect(await echo(null, 1)).toEqual([[null, '1']]);
  });

  it('sends what does not wait for each other with bytes of its own, large and small', async () => {
    const texts = Array.from({ length: 40 }, (_, index) =>
      String.fromCharCode(0x61 + (index % 26)).repeat(index % 7 === 0 ? 3_000_000 : 10 * index),
    );
    const found = await Promise.all(texts.map((text, index) => echo(text, index)));
    for (const [index, [fields]] of found.entries()) expect(fields?.[0] === texts[index] && fields?.[1] === String(index)).toBe(true);
  });

  it('has one statement fail and not its neighbours, be it the first of all or a later one', async () => {
    const outcomes = await Promise.allSettled([divide(0), divide(5), echo('a', 1), divide(0), divide(2)]);
    expect(outcomes).toMatchObject([
      { status: 'rejected', reason: { code: '22012' } },
      { value: [['2']] },
      { value: [['a', '1']] },
      { status: 'rejected', reason: { code: '22012' } },
      { value: [['5']] },
    ]);
  });

  it('says so when a statement is not known to PostgreSQL, and goes on', async () => {
    const faulty: PreparedStatement<unknown> = { name: 'faulty', text: 'SELECT nothing', parameters: 0, row: fieldsOf };
    const outcomes = await Promise.allSettled([session.run(faulty, () => undefined), echo('b', 2)]);
    expect(outcomes).toMatchObject([{ reason: { code: '42703' } }, { value: [['b', '2']] }]);
    await expect(session.run(faulty, () => undefined)).rejects.toMatchObject({ code: '42703' });
  });

  it('has whoever writes badly fail alone', async () => {
    const badly = (_: BindWriter): void => {
      throw new RangeError('no such value');
    };
    await expect(session.run(ECHO, badly)).rejects.toThrow('no such value');
    expect(await echo('c', 3)).toEqual([['c', '3']]);
  });

  it('rejects what is under way when its connection breaks, and opens another', async () => {
    await echo('d', 4);
    const outcomes = await Promise.allSettled([session.run(DIE, () => undefined), echo('lost', 5)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await echo('e', 6)).toEqual([['e', '6']]);
  });

  it('opens no connection any more once it has ended', async () => {
    await session.end();
    await expect(echo('f', 7)).rejects.toMatchObject({ code: 'shutting-down' });
  });
});
