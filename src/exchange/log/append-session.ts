import { Client } from 'pg';
import { type Database, HOT_OPTIONS } from '../../database/database.js';
import { DomainError } from '../../problems/domain-error.js';
import { APPEND_SQL, type AppendAnswer, type AppendOrder, appendParameters } from './log.queries.js';
import type { NewLogRow } from './log-row.js';

/**
 * A connection of a writer's own. Statements are sent without waiting for those ahead of them, so that PostgreSQL has the next batch when it has
 * committed one; they run one after the other. A connection that breaks is opened anew by the next batch.
 */
export class AppendSession {
  private client?: Promise<Client>;
  /** The client once it is connected: then a batch is on its way before this turn of the event loop is over. */
  private connected?: Client;
  private ended = false;

  constructor(
    private readonly database: Database,
    private readonly name: string,
    private readonly windowSeconds: number,
  ) {}

  /** Appends a batch in one statement; resolves after its COMMIT. */
  async append(rows: readonly NewLogRow[], order: AppendOrder): Promise<AppendAnswer> {
    const values = appendParameters(rows, this.windowSeconds, order);
    const client = this.connected ?? (await (this.client ??= this.connect()));
    const { rows: answers } = await client.query<AppendAnswer>({ name: 'append-batch', text: APPEND_SQL, values });
    const [answer] = answers;
    if (answer === undefined) throw new Error('append_batch gave no answer');
    return answer;
  }

  async end(): Promise<void> {
    this.ended = true;
    const client = await this.client?.catch(() => undefined);
    await client?.end().catch(() => undefined);
  }

  private async connect(): Promise<Client> {
    if (this.ended) throw new DomainError('shutting-down', 'The broker is stopping; send again.', { retryAfterSeconds: 1 });
    const config = this.database.sessionConfig(this.name);
    // The arrays' lengths are not known to a plan; one that is made for each batch is no better and takes longer than the batch.
    const options = `${config.options ?? ''} ${HOT_OPTIONS} -c plan_cache_mode=force_generic_plan`;
    const client = new Client({ ...config, options, pipeline: true });
    const gone = (): void => {
      this.client = undefined;
      this.connected = undefined;
    };
    client.on('error', gone);
    client.on('end', gone);
    try {
      await client.connect();
      this.connected = client;
      return client;
    } catch (error) {
      gone();
      throw error;
    }
  }
}
