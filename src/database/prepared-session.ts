import { Client, type Connection, Query } from 'pg';
import { DomainError } from '../problems/domain-error.js';
import { BindWriter } from './bind-writer.js';
import { type Database, HOT_OPTIONS } from './database.js';

/** A statement that is prepared once for each connection. Its values are written by {@link BindWriter}, its rows read from the fields as text. */
export interface PreparedStatement<Row> {
  readonly name: string;
  readonly text: string;
  /** How many values it takes. */
  readonly parameters: number;
  readonly row: (fields: readonly (string | null)[]) => Row;
}

/** What pg keeps of a connection and its types leave out. */
interface Wire extends Connection {
  readonly parsedStatements: Record<string, string | undefined>;
  readonly submittedNamedStatements: Record<string, string | undefined>;
  parse(query: { name: string; text: string }): void;
}

/** A writer that has grown beyond this is not kept. */
const MAX_KEPT_BYTES = 2 * 1024 * 1024;
const MAX_KEPT_WRITERS = 3;

/** One execution: Bind, Execute and Sync in one write, without a Describe, whose answer would say the same each time. */
class PreparedQuery<Row> extends Query {
  readonly found: Row[] = [];

  constructor(
    private readonly statement: PreparedStatement<Row>,
    private readonly write: (stream: Wire['stream']) => void,
    callback: (error: Error | undefined) => void,
  ) {
    // Given as text, it is not copied, member by member, as a config is.
    super(statement.text, callback);
    Object.assign(this, { name: statement.name });
  }

  /** Called by pg with the connection corked. */
  prepare(connection: Wire): void {
    const { name, text } = this.statement;
    if (connection.parsedStatements[name] === undefined && connection.submittedNamedStatements[name] === undefined) {
      connection.parse({ name, text });
      connection.submittedNamedStatements[name] = text;
    }
    this.write(connection.stream);
  }

  /** Called by pg for each row. */
  handleDataRow({ fields }: { fields: (string | null)[] }): void {
    this.found.push(this.statement.row(fields));
  }
}

/**
 * A connection of one component's own for the statements of the message path. Statements are sent without waiting for those ahead of them, so that
 * PostgreSQL has the next batch when it has committed one; they run one after the other. A connection that breaks is opened anew by the next statement.
 */
export class PreparedSession {
  private client?: Promise<Client>;
  /** The client once it is connected: then a batch is on its way before this turn of the event loop is over. */
  private connected?: Client;
  private ended = false;
  private readonly writers: BindWriter[] = [];

  constructor(
    private readonly database: Database,
    private readonly name: string,
  ) {}

  /** Runs a statement with the values that `write` writes; resolves after its COMMIT. */
  async run<Row>(statement: PreparedStatement<Row>, write: (writer: BindWriter) => void): Promise<Row[]> {
    const client = this.connected ?? (await (this.client ??= this.connect()));
    const writer = this.writers.pop() ?? new BindWriter();
    writer.begin(statement.name, statement.parameters);
    write(writer);
    const bytes = writer.end();
    return new Promise((resolve, reject) => {
      const send = (stream: Wire['stream']): void => {
        if (stream.writable) stream.write(bytes, () => this.keep(writer));
      };
      const query: PreparedQuery<Row> = new PreparedQuery(statement, send, (error) => {
        if (error) reject(error);
        else resolve(query.found);
      });
      client.query(query);
    });
  }

  async end(): Promise<void> {
    this.ended = true;
    const client = await this.client?.catch(() => undefined);
    await client?.end().catch(() => undefined);
  }

  private keep(writer: BindWriter): void {
    if (this.writers.length < MAX_KEPT_WRITERS && writer.capacity <= MAX_KEPT_BYTES) this.writers.push(writer);
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
