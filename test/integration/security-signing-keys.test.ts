import { Database } from '../../src/database/database.js';
import { SigningKeys } from '../../src/security/signing-keys.js';
import { TokenVerifier } from '../../src/security/token-verifier.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { aDataDir, operatorToken, startBroker, type TestBroker } from './security-fixture.js';

describe('rotation of the signing keys', () => {
  let database: TestDatabase;
  let directory: Awaited<ReturnType<typeof aDataDir>>;
  let broker: TestBroker;
  let other: TestBroker;

  beforeEach(async () => {
    database = await createTestDatabase();
    directory = await aDataDir();
    broker = await startBroker(database.url, directory.path, { operatorClientSecret: 'the secret of the operator' });
    other = await startBroker(database.url, directory.path, { operatorClientSecret: 'the secret of the operator' });
  });

  afterEach(async () => {
    await broker.close();
    await other.close();
    await database.drop();
    await directory.remove();
  });

  /** Lets the time pass that the database has counted for its keys. */
  const pass = (interval: string) =>
    broker.get(Database).query('UPDATE signing_key SET created_at = created_at - $1::interval', [interval]);
  const refreshed = async (at: TestBroker): Promise<SigningKeys> => {
    const keys = at.get(SigningKeys);
    await keys.refresh();
    return keys;
  };
  const kids = (keys: SigningKeys) => keys.jwks().keys.map((key) => key.kid);

  it('publishes a successor before it is used, signs with it once every broker has read it, and keeps the old one for living tokens', async () => {
    const first = broker.get(SigningKeys).current().kid;
    const token = await operatorToken(broker);

    await pass('30 days');
    const [keys, otherKeys] = await Promise.all([refreshed(broker), refreshed(other)]);
    expect(kids(keys)).toHaveLength(2);
    expect(kids(otherKeys)).toEqual(kids(keys));
    expect([keys.current().kid, otherKeys.current().kid]).toEqual([first, first]);

    await pass('10 minutes');
    const successor = (await refreshed(broker)).current().kid;
    expect(successor).not.toBe(first);
    expect(await other.get(TokenVerifier).verify(await operatorToken(broker))).toMatchObject({ kind: 'operator' });
    expect(await other.get(TokenVerifier).verify(token)).toMatchObject({ kind: 'operator' });

    await pass('3 days');
    await refreshed(broker);
    expect(kids(await refreshed(other))).toEqual([successor]);
  });
});
