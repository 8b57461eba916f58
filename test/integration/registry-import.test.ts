import { parseTwinId } from '../../src/kernel/ids.js';
import { DomainError } from '../../src/problems/domain-error.js';
import { IMPORT_EXAMPLES } from '../../src/registry/import/dto/examples.js';
import { type ImportItem, type ImportOptions, type ImportOutcome, ImportService } from '../../src/registry/import/import.service.js';
import { TwinService } from '../../src/registry/twin.service.js';
import { aRegistry, OPERATOR, organization, type TestRegistry } from './registry-fixture.js';

const city = organization('city');
const rival = organization('rival');

let registry: TestRegistry;

beforeAll(async () => {
  registry = await aRegistry();
});
afterAll(() => registry.close());

let count = 0;

/** A Thing Description of its own. */
function aThing(parts: Record<string, unknown> = {}): Record<string, unknown> & { id: string } {
  count += 1;
  return {
    '@context': 'https://www.w3.org/2022/wot/td/v1.1',
    id: `urn:test:thing:${count}`,
    title: 'Traffic light',
    properties: { phase: { type: 'string' } },
    ...parts,
  };
}

const send = (text: string, options: ImportOptions = {}, principal = city): Promise<ImportOutcome | readonly ImportItem[]> =>
  registry.get(ImportService).import(principal, { text, mediaType: 'application/json' }, options);

async function importOne(document: unknown, options: ImportOptions = {}, principal = city): Promise<ImportOutcome> {
  return (await send(JSON.stringify(document), options, principal)) as ImportOutcome;
}

async function importAll(documents: unknown[], options: ImportOptions = {}): Promise<readonly ImportItem[]> {
  return (await send(JSON.stringify(documents), options)) as readonly ImportItem[];
}

async function refusalOf(work: Promise<unknown>): Promise<{ code: string; pointer?: string }> {
  const error = await work.then(() => undefined, (reason: unknown) => reason); // prettier-ignore
  if (!(error instanceof DomainError)) throw new Error(`It was not refused: ${String(error)}`);
  return { code: error.code, pointer: error.pointer };
}

const twins = (): TwinService => registry.get(TwinService);
const source = (id: string, principal = city) => registry.get(ImportService).source(principal, parseTwinId(id));
const rows = async (id: string): Promise<number> =>
  (await registry.database.query('SELECT FROM twin_source WHERE twin_id = $1', [id])).length;

describe('an import', () => {
  it.each(Object.entries(IMPORT_EXAMPLES))(
    'registers the example %s, and finds nothing to do the second time',
    async (_name, { value }) => {
      const outcomes = async (): Promise<ImportOutcome[]> => {
        const answer = await send(JSON.stringify(value));
        return 'twin' in answer ? [answer] : answer.map(({ outcome }) => outcome as ImportOutcome);
      };
      for (const { twin } of await outcomes()) expect((await twins().read(city, twin.id)).profile.features.length).toBeGreaterThan(0);
      expect((await outcomes()).map(({ change }) => change)).toEqual(Array.isArray(value) ? ['unchanged', 'unchanged'] : ['unchanged']);
    },
  );

  it('keeps the document byte for byte and shows it to who may see the twin', async () => {
    const thing = aThing({ note: 'NOTE' });
    const text = ` ${JSON.stringify(thing, null, 3)}\n\t`.replace('"NOTE"', '["\\u00e4 💡", 1.50e+2]');
    await send(text);
    expect(await source(thing.id)).toMatchObject({ document: text, mediaType: 'application/json', format: 'td', editedSince: false });
    expect(await refusalOf(source(thing.id, rival))).toMatchObject({ code: 'not-found' });
    await importOne(thing, { access: 'listed' });
    expect((await source(thing.id, rival)).document).toBe(JSON.stringify(thing));
  });

  it('makes a new version of what has changed, and keeps what neither document nor caller speaks of', async () => {
    const thing = aThing();
    await importOne(thing, { access: 'listed', domain: 'lights', lease: 3600 });
    const { twin, change } = await importOne({ ...thing, description: 'At the old bridge.' });
    expect([change, twin.version]).toEqual(['replaced', 2]);
    expect(twin.profile).toMatchObject({ access: 'listed', domain: 'lights', description: 'At the old bridge.' });
    expect(twin.lease?.ttlSeconds).toBe(3600);
  });

  it('tells that a twin was edited since, until it is imported again', async () => {
    const thing = aThing();
    await importOne(thing);
    await twins().patch(city, parseTwinId(thing.id), { description: 'By hand.' });
    expect(await source(thing.id)).toMatchObject({ editedSince: true, version: 1 });
    expect(await importOne(thing)).toMatchObject({ change: 'replaced', twin: { version: 3 } });
    expect(await source(thing.id)).toMatchObject({ editedSince: false, version: 3 });
  });

  it('forgets the document with the registration', async () => {
    const thing = aThing();
    await importOne(thing);
    await twins().deregister(city, parseTwinId(thing.id));
    expect(await rows(thing.id)).toBe(0);
    expect(await refusalOf(source(thing.id))).toMatchObject({ code: 'not-found' });
    expect(await importOne(thing)).toMatchObject({ change: 'created' });
  });

  it('tells in a dry run what would be, and changes nothing', async () => {
    const thing = aThing();
    expect(await importOne(thing, { dryRun: true })).toMatchObject({
      change: 'created',
      dryRun: true,
      twin: { profile: { name: 'Traffic light' } },
    });
    expect(await refusalOf(twins().read(city, parseTwinId(thing.id)))).toMatchObject({ code: 'not-found' });
    expect(await rows(thing.id)).toBe(0);
    expect(await registry.database.query('SELECT FROM domain_event WHERE subject = $1', [thing.id])).toEqual([]);
  });

  it('refuses a breaking change of a feature unless it is forced', async () => {
    const thing = aThing();
    await importOne(thing);
    const changed = { ...thing, properties: { phase: { type: 'integer' } } };
    expect(await refusalOf(importOne(changed))).toMatchObject({ code: 'breaking-change' });
    expect(await refusalOf(importOne(changed, { dryRun: true }))).toMatchObject({ code: 'breaking-change' });
    expect((await source(thing.id)).document).toBe(JSON.stringify(thing));
    expect(await importOne(changed, { force: true })).toMatchObject({ change: 'replaced' });
  });

  it('leaves twins of others alone', async () => {
    const thing = aThing();
    await importOne(thing);
    expect(await refusalOf(importOne(thing, {}, rival))).toMatchObject({ code: 'already-exists' });
    expect(await importOne(thing, { id: `${thing.id}:rival` }, rival)).toMatchObject({ change: 'created' });
    expect(await refusalOf(registry.get(ImportService).import(OPERATOR, { text: '{}', mediaType: '' }, {}))).toMatchObject({
      code: 'forbidden',
    });
  });

  it('imports at the same time the same document once', async () => {
    const thing = aThing();
    const changes = (await Promise.all(Array.from({ length: 6 }, () => importOne(thing)))).map(({ change }) => change).sort();
    expect(changes).toEqual(['created', ...Array.from({ length: 5 }, () => 'unchanged')]);
  });

  it('makes a twin of each document of an array, and says of each what became of it', async () => {
    const [first, second] = [aThing(), aThing()];
    const items = await importAll([first, { hello: 'world' }, 7, first, second]);
    expect(items.map(({ outcome, refusal }) => outcome?.change ?? [refusal?.code, refusal?.pointer])).toEqual([
      'created',
      ['validation-failed', '/1'],
      ['validation-failed', '/2'],
      ['validation-failed', '/3'],
      'created',
    ]);
    expect((await source(second.id)).document).toBe(JSON.stringify(second));
    expect(await refusalOf(importAll([first], { id: 'urn:test:one' }))).toEqual({ code: 'validation-failed', pointer: '/id' });
  });

  it('lets a document of an array that is not JSON spoil no other', async () => {
    const [first, second] = [aThing(), aThing()];
    const text = `[${JSON.stringify(first)}, {"a": 1, "a": 2}, {"b": nonsense}, ${JSON.stringify(second)}]`;
    const items = (await send(text)) as readonly ImportItem[];
    expect(items.map(({ refusal }) => refusal?.code)).toEqual([undefined, 'malformed-message', 'malformed-message', undefined]);
  });

  it('says so where nothing tells the domain, and takes the one that is given', async () => {
    const entity = { id: 'urn:test:thingamajig:1', type: 'Thingamajig', colour: 'red' };
    const first = await importOne(entity, { dryRun: true });
    expect(first).toMatchObject({
      twin: { profile: { domain: 'unclassified' } },
      settled: { warnings: [expect.stringContaining('domain')] },
    });
    expect(await importOne(entity, { domain: 'oddities' })).toMatchObject({ change: 'created', twin: { profile: { domain: 'oddities' } } });
  });

  it('gives features the terms of the dictionary where a document gives none', async () => {
    const [known] = await registry.database.query<{ iri: string }>(
      `SELECT iri FROM term WHERE iri LIKE 'https://smartdatamodels.org/dataModel.%' LIMIT 1`,
    );
    if (known === undefined) return;
    const [, subject, name] = /dataModel\.([^/]+)\/(.+)$/.exec(known.iri) ?? [];
    const context = `https://raw.githubusercontent.com/smart-data-models/dataModel.${subject ?? ''}/master/context.jsonld`;
    const entity = { '@context': context, id: `urn:test:entity:${name ?? ''}`, type: 'Thing', [name ?? '']: 5 };
    expect((await importOne(entity, { domain: 'x' })).twin.profile.features[0]?.semanticType).toBe(known.iri);
  });

  it('leaves a schema open that the broker refuses, and says so', async () => {
    const thing = aThing({ properties: { code: { type: 'string', pattern: '(a+)\\1' } } });
    const { twin, settled } = await importOne(thing);
    expect(twin.profile.features).toMatchObject([{ name: 'code', schema: true }]);
    expect(settled.unmapped).toMatchObject([{ pointer: '/properties/code' }]);
  });
});
