import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { EmbeddedDataDir } from './support/embedded-broker.js';
import { startRefused } from './support/ended-broker.js';
import { RunningBroker } from './support/running-broker.js';

// Brokers start and stop here: that takes seconds, and more on a busy machine.

describe('a start with a wrong configuration', () => {
  it.each([
    ['PORT', 'abcdef', 'PORT must'],
    ['SECRET_KEY', 'short-value', 'SECRET_KEY must be longer than or equal to 32 characters'],
    ['DATABASE_URL', 'mysql://somebody:hidden@db/x', 'DATABASE_URL must be a PostgreSQL connection URL'],
    ['TOKEN_TTL', '987654321', 'TOKEN_TTL must not be greater than 86400'],
  ])('names %s and its rule and never the value', async (variable, value, rule) => {
    const { code, lines, output } = await startRefused({ [variable]: value });
    expect(code).toBe(1);
    expect(lines[0]).toBe('The configuration is not valid:');
    expect(lines.slice(1).every((line) => line.startsWith(`  ${variable} `))).toBe(true);
    expect(lines[1]).toContain(rule);
    expect(output).not.toContain(value);
    expect(output).not.toContain('    at ');
  });

  it('names every wrong variable at once', async () => {
    const { code, output } = await startRefused({ PORT: '70000', LOG_LEVEL: 'loud', IDEMPOTENCY_WINDOW: '5' });
    expect(code).toBe(1);
    for (const variable of ['PORT', 'LOG_LEVEL', 'IDEMPOTENCY_WINDOW']) expect(output).toContain(`  ${variable} must`);
  });

  it('says in one sentence that the database cannot be reached, without the password', async () => {
    const { code, lines, output } = await startRefused({ DATABASE_URL: 'postgresql://twinfed:hidden-password@127.0.0.1:1/twinfed' });
    expect(code).toBe(1);
    expect(lines).toHaveLength(1);
    expect(output).not.toContain('hidden-password');
  });
});

describe('a start beside a running broker', () => {
  let database: TestDatabase;
  let broker: RunningBroker;
  beforeAll(async () => {
    database = await createTestDatabase();
    broker = await RunningBroker.start({ database });
  });
  afterAll(async () => {
    await broker.close();
    await database.drop();
  });

  it('is refused in one sentence when its SECRET_KEY is another', async () => {
    const key = 'quite-another-secret-key-than-the-first-one-has';
    const { code, lines, output } = await startRefused({ DATABASE_URL: database.url, SECRET_KEY: key });
    expect(code).toBe(1);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/sealed under another SECRET_KEY.*\.$/);
    expect(output).not.toContain(key);
  });

  it('is refused in one sentence when its port is taken', async () => {
    const { code, lines } = await startRefused({
      DATABASE_URL: database.url,
      SECRET_KEY: 'a-secret-key-shared-by-the-brokers-of-the-tests',
      PORT: new URL(broker.url).port,
    });
    expect(code).toBe(1);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(new URL(broker.url).port);
  });

  it('leaves the running one untouched', async () => {
    expect((await broker.api('GET', '/health/ready')).status).toBe(200);
    expect((await broker.createOrganization()).token).not.toBe('');
  });
});

describe('a start in a data directory whose PostgreSQL another broker runs', () => {
  let dataDir: EmbeddedDataDir;
  let broker: RunningBroker | undefined;
  beforeAll(async () => {
    dataDir = await EmbeddedDataDir.create();
    broker = await dataDir.startBroker();
  });
  afterAll(async () => {
    await broker?.close();
    await dataDir.remove();
  });

  it('is refused in one sentence, and the first goes on', async () => {
    const { code, lines } = await startRefused(dataDir.environment);
    expect(code).toBe(1);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^The data directory .* is in use by .*DATA_DIR.*\.$/);
    expect((await broker?.createOrganization())?.token).toEqual(expect.any(String));
  });
});
