import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Database } from '../../src/database/database.js';
import { DomainEvents } from '../../src/database/domain-events.js';
import { OperatorBootstrap } from '../../src/security/operator-bootstrap.js';
import { SigningKeys } from '../../src/security/signing-keys.js';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { aDataDir, bearer, requestToken, startBroker, type TestBroker, tokenFor } from './security-fixture.js';

interface OperatorFile {
  client_id: string;
  client_secret: string;
}

describe('the first start', () => {
  const undo: (() => Promise<unknown>)[] = [];
  let database: TestDatabase;

  beforeEach(async () => {
    database = await createTestDatabase();
    undo.push(() => database.drop());
  });

  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step();
  });

  async function start(dataDir: string, settings: Parameters<typeof startBroker>[2] = {}): Promise<TestBroker> {
    const broker = await startBroker(database.url, dataDir, settings);
    undo.push(() => broker.close());
    return broker;
  }

  async function aDirectory(): Promise<string> {
    const { path, remove } = await aDataDir();
    undo.push(remove);
    return path;
  }

  const fileIn = async (dataDir: string): Promise<OperatorFile> =>
    JSON.parse(await readFile(join(dataDir, 'operator.json'), 'utf8')) as OperatorFile;

  it('of two brokers together on an empty database makes one operator, one key and one secret key, and both accept the operator', async () => {
    database = await createEmptyDatabase();
    const { drop } = database;
    undo.push(drop);
    const dataDir = await aDirectory();
    const brokers = await Promise.all([start(dataDir), start(dataDir)]);
    expect(brokers.filter((broker) => broker.outcome.created)).toHaveLength(1);
    expect(brokers.filter((broker) => broker.outcome.clientSecret !== undefined)).toHaveLength(1);
    expect(new Set(brokers.map((broker) => broker.get(SigningKeys).current().kid)).size).toBe(1);
    const [counts] = await brokers[0]
      .get(Database)
      .query<{ operators: string; keys: string }>(
        `SELECT (SELECT count(*) FROM credential WHERE kind = 'operator') AS operators, (SELECT count(*) FROM signing_key) AS keys`,
      );
    expect(counts).toEqual({ operators: '1', keys: '1' });
    const { client_id: id, client_secret: secret } = await fileIn(dataDir);
    for (const broker of brokers) {
      const token = await tokenFor(broker, id, secret);
      for (const at of brokers) expect((await at.call({ method: 'GET', url: '/probe', headers: bearer(token) })).statusCode).toBe(200);
    }
  });

  it('keeps what it made for its owner’s eyes only', async () => {
    const dataDir = await aDirectory();
    await start(dataDir);
    for (const name of ['operator.json', 'secret.key']) expect((await stat(join(dataDir, name))).mode & 0o777).toBe(0o600);
  });

  it('is over at the second start: same secret, same key, nothing shown again', async () => {
    const dataDir = await aDirectory();
    const first = await start(dataDir);
    const second = await start(dataDir);
    expect(second.outcome).toMatchObject({ created: false, fileIsCurrent: true });
    expect(second.outcome.clientSecret).toBeUndefined();
    expect((await fileIn(dataDir)).client_secret).toBe(first.outcome.clientSecret);
  });

  it('leaves no credential behind when the file cannot be written, and the next start makes both', async () => {
    const dataDir = await aDirectory();
    const obstructed = join(dataDir, 'a-file');
    await writeFile(obstructed, '');
    await expect(start(obstructed, { secretKey: 'a key that needs no directory at all' })).rejects.toMatchObject({ code: 'EEXIST' });
    const broker = await start(dataDir, { secretKey: 'a key that needs no directory at all' });
    expect(broker.outcome).toMatchObject({ created: true, fileIsCurrent: true });
  });

  it('makes the file of a start that crashed before its commit anew', async () => {
    const dataDir = await aDirectory();
    await writeFile(join(dataDir, 'operator.json'), JSON.stringify({ client_id: 'operator', client_secret: 'of the crashed start' }));
    const broker = await start(dataDir);
    expect(broker.outcome).toMatchObject({ created: true, fileIsCurrent: true });
    expect((await fileIn(dataDir)).client_secret).toBe(broker.outcome.clientSecret);
  });

  it('tells a broker elsewhere that its file does not hold the secret', async () => {
    const secretKey = 'a secret key that both brokers share';
    await start(await aDirectory(), { secretKey });
    const elsewhere = await start(await aDirectory(), { secretKey });
    expect(elsewhere.outcome).toMatchObject({ created: false, fileIsCurrent: false });
  });

  it('sets OPERATOR_CLIENT_SECRET at each start, for running brokers too, and shows it nowhere but in the file', async () => {
    const dataDir = await aDirectory();
    const first = await start(dataDir);
    const old = first.outcome.clientSecret ?? '';
    await tokenFor(first, 'operator', old);
    const second = await start(dataDir, { operatorClientSecret: 'chosen by the operator' });
    expect(second.outcome).toMatchObject({ created: false, fileIsCurrent: true });
    expect(second.outcome.clientSecret).toBeUndefined();
    expect(await fileIn(dataDir)).toEqual({ client_id: 'operator', client_secret: 'chosen by the operator' });
    await first.get(DomainEvents).readNew();
    for (const broker of [first, second]) {
      await tokenFor(broker, 'operator', 'chosen by the operator');
      const response = await requestToken(broker, { grant_type: 'client_credentials', client_id: 'operator', client_secret: old });
      expect(response.statusCode).toBe(401);
    }
  });

  it('writes the file anew when it is lost and OPERATOR_CLIENT_SECRET is unchanged', async () => {
    const dataDir = await aDirectory();
    const broker = await start(dataDir, { operatorClientSecret: 'chosen by the operator' });
    await writeFile(join(dataDir, 'operator.json'), '{ broken');
    expect(await broker.get(OperatorBootstrap).ensure()).toMatchObject({ created: false, fileIsCurrent: true });
  });

  it('fails in one sentence that names SECRET_KEY, and no key, when the keys were sealed under another', async () => {
    const dataDir = await aDirectory();
    await start(dataDir, { secretKey: 'the key of the first start, long enough' });
    const failure = await start(dataDir, { secretKey: 'another key, which is long enough too' }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'SecretKeyError', message: expect.stringMatching(/SECRET_KEY/) as string });
    expect((failure as Error).message).not.toMatch(/the key of the first start|another key, which/);
  });
});
