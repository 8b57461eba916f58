import { Readable } from 'node:stream';
import { SharedSchemaService } from '../../src/dictionary/shared-schema/shared-schema.service.js';
import { UnitOfWork } from '../../src/database/unit-of-work.js';
import { DomainError } from '../../src/problems/domain-error.js';
import { BulkLoadService } from '../../src/registry/bulk/bulk-load.service.js';
import { TwinService } from '../../src/registry/twin.service.js';
import { aDto, aProfile, aRegistry, OPERATOR, organization, type TestRegistry } from './registry-fixture.js';

const COMMON = { definitions: { level: { type: 'number' } } };
const NEVER = new AbortController().signal;
let count = 0;

describe('a shared schema and who comes to use it meanwhile', () => {
  let registry: TestRegistry;
  const city = organization('city');
  beforeAll(async () => {
    registry = await aRegistry();
  });
  afterAll(() => registry.close());

  const shared = async (owner = city as Parameters<SharedSchemaService['register']>[0]): Promise<string> => {
    count += 1;
    const id = `https://races.test/common-${count}.json`;
    await registry.get(SharedSchemaService).register(owner, [{ schema: { $id: id, ...COMMON } }]);
    return id;
  };
  const userOf = (id: string) =>
    aDto({ features: [{ kind: 'data', name: 'level', schema: { properties: { level: { $ref: `${id}#/definitions/level` } } } }] });

  it.each([
    ['own', city],
    ['public', OPERATOR],
  ])('an %s one is removed only after the registration under way, and then refused', async (_whose, owner) => {
    const id = await shared(owner);
    const twin = userOf(id);
    let removal: Promise<unknown> = Promise.resolve();
    await registry.get(UnitOfWork).run(async (tx) => {
      await registry.get(TwinService).register(city, twin, tx);
      removal = registry
        .get(SharedSchemaService)
        .remove(owner, id)
        .catch((error: unknown) => error);
      await waitsForLock(registry);
    });
    expect(await removal).toMatchObject({ code: 'state-conflict', detail: expect.stringContaining(twin.id) as string });
  });

  it.each(['deleted', 'replaced by another'])('a registration that was read before it was %s is refused by name', async (how) => {
    const id = await shared();
    const twin = userOf(id);
    let registration: Promise<unknown> = Promise.resolve();
    await registry.get(UnitOfWork).run(async (tx) => {
      await registry.get(SharedSchemaService).remove(city, id, tx);
      if (how !== 'deleted') await registry.get(SharedSchemaService).register(city, [{ schema: { $id: id, definitions: {} } }], tx);
      registration = registry
        .get(TwinService)
        .register(city, twin)
        .catch((error: unknown) => error);
      await waitsForLock(registry);
    });
    const refusal = await registration;
    expect(refusal).toBeInstanceOf(DomainError);
    expect(refusal).toMatchObject({ code: 'schema-unresolvable', errors: [{ pointer: '/features/0/schema' }] });
    await expect(registry.get(TwinService).read(city, twin.id as never)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('many at once leave no twin with a schema that is gone', async () => {
    for (let round = 0; round < 8; round += 1) {
      const id = await shared();
      const twins = Array.from({ length: 4 }, () => userOf(id));
      const results = await Promise.allSettled([
        ...twins.map((twin) => registry.get(TwinService).register(city, twin)),
        registry.get(SharedSchemaService).remove(city, id),
      ]);
      const isRemoved = results.at(-1)?.status === 'fulfilled';
      const registered = results.slice(0, -1).filter(({ status }) => status === 'fulfilled').length;
      expect({ isRemoved, isUsed: registered > 0 }).toEqual({ isRemoved, isUsed: !isRemoved });
    }
  });

  it('lines of a bulk are refused one by one when what they refer to goes', async () => {
    const id = await shared();
    const good = aProfile({ domain: 'mobility', features: [{ kind: 'data', name: 'a', schema: true }] });
    const bad = { ...aProfile({ domain: 'mobility' }), features: userOf(id).features };
    const sender = { principal: city, bulk: { owner: city.organization, id: 'races' } };
    const input = { lines: Readable.from([Buffer.from(`${JSON.stringify(good)}\n${JSON.stringify(bad)}\n`)]), from: 1, signal: NEVER };
    let answer: Promise<string> = Promise.resolve('');
    await registry.get(UnitOfWork).run(async (tx) => {
      await registry.get(SharedSchemaService).remove(city, id, tx);
      answer = textOf(registry.get(BulkLoadService).load(sender, input));
      await waitsForLock(registry);
    });
    const lines = (await answer)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toMatchObject([
      { line: 1, status: 201 },
      { line: 2, status: 422 },
      { complete: true, created: 1, refused: 1 },
    ]);
  });

  it('one registered by its page is found by the file of the main branch, and is in use then', async () => {
    const id = 'https://some-models.github.io/subject/common.json';
    await registry.get(SharedSchemaService).register(city, [{ schema: { $id: id, ...COMMON } }]);
    const twin = userOf('https://github.com/some-models/subject/raw/master/common.json');
    await registry.get(TwinService).register(city, twin);
    await expect(registry.get(SharedSchemaService).remove(city, id)).rejects.toMatchObject({ code: 'state-conflict' });
  });
});

async function textOf(pieces: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}

/** Waits until a statement of this database waits for a row. */
async function waitsForLock(registry: TestRegistry): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    const rows = await registry.database.query(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    if (rows.length > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error('Nothing waits for a lock.');
}
