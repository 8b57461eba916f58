import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.js';
import { BrokerProcess, freePort } from './broker-process.js';
import { type Answer, type Extras, fetchToken, send } from './http-client.js';

const OPERATOR = { clientId: 'operator', clientSecret: 'operator-secret-of-the-tests' };

/** How to start a broker. */
export interface BrokerOptions {
  /** Share another broker's database: a second broker on the same PostgreSQL. Left out, it gets a fresh one and drops it at the end. */
  database?: TestDatabase;
  /** Environment variables besides those that the harness sets. */
  environment?: Readonly<Record<string, string>>;
}

/** An organization and what its callers need. */
export interface TestOrganization {
  id: string;
  clientId: string;
  clientSecret: string;
  token: string;
}

/** The built server in a process of its own, with a database and a data directory of its own, and clients for it. */
export class RunningBroker {
  private operator: Promise<string> | undefined;
  private organizations = 0;

  private constructor(
    readonly url: string,
    readonly database: TestDatabase,
    private readonly ownsDatabase: boolean,
    private readonly dataDir: string,
    private readonly environment: Readonly<Record<string, string>>,
    private broker: BrokerProcess,
  ) {}

  /** Starts a broker; resolves when it is ready. Call `close()` at the end. */
  static async start(options: BrokerOptions = {}): Promise<RunningBroker> {
    const database = options.database ?? (await createTestDatabase());
    const dataDir = await mkdtemp(join(tmpdir(), 'twinfed-e2e-'));
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const environment = {
      HOST: '127.0.0.1',
      PORT: String(port),
      DATABASE_URL: database.url,
      DATABASE_POOL_SIZE: '5',
      DATA_DIR: dataDir,
      SECRET_KEY: 'a-secret-key-shared-by-the-brokers-of-the-tests',
      OPERATOR_CLIENT_SECRET: OPERATOR.clientSecret,
      LOG_LEVEL: 'warn',
      LOG_FORMAT: 'json',
      ...options.environment,
    };
    try {
      const broker = await BrokerProcess.start(url, environment, dataDir);
      return new RunningBroker(url, database, options.database === undefined, dataDir, environment, broker);
    } catch (error) {
      await rm(dataDir, { recursive: true, force: true });
      if (options.database === undefined) await database.drop();
      throw error;
    }
  }

  get pid(): number {
    return this.broker.pid;
  }

  /** What the broker has logged lately. */
  get log(): string {
    return this.broker.log;
  }

  /** One request with a JSON body, or none. */
  api<T = unknown>(method: string, path: string, body?: unknown, token?: string, headers: Extras['headers'] = {}): Promise<Answer<T>> {
    return send<T>(`${this.url}${path}`, method, body, { token, headers });
  }

  /** The operator's token, fetched once per start. */
  operatorToken(): Promise<string> {
    this.operator ??= this.tokenFor(OPERATOR.clientId, OPERATOR.clientSecret);
    return this.operator;
  }

  tokenFor(clientId: string, clientSecret: string): Promise<string> {
    return fetchToken(this.url, clientId, clientSecret);
  }

  /** A new organization with a token. */
  async createOrganization(id = `org-${String((this.organizations += 1))}`): Promise<TestOrganization> {
    const made = await this.api<{ id: string; credential: { clientId: string; clientSecret: string } }>(
      'POST',
      '/v1/organizations',
      { id, name: `Organization ${id}` },
      await this.operatorToken(),
    );
    if (made.status !== 201) throw new Error(`The organization ${id} was not created: ${made.status} ${JSON.stringify(made.body)}`);
    const { clientId, clientSecret } = made.body.credential;
    return { id, clientId, clientSecret, token: await this.tokenFor(clientId, clientSecret) };
  }

  /** Stops it as an operator would; resolves with its exit code. */
  stop(): Promise<number | string> {
    return this.broker.end('SIGTERM');
  }

  /** Ends it without any warning. */
  async kill(): Promise<void> {
    await this.broker.end('SIGKILL');
  }

  /** Starts it again, stopped or killed, on the same port with the same data. */
  async restart(): Promise<void> {
    if (this.broker.running) await this.stop();
    this.operator = undefined;
    this.broker = await BrokerProcess.start(this.url, this.environment, this.dataDir);
  }

  /** Stops it and removes all it had. */
  async close(): Promise<void> {
    await this.stop();
    await rm(this.dataDir, { recursive: true, force: true });
    if (this.ownsDatabase) await this.database.drop();
  }
}
