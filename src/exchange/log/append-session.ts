import type { Database } from '../../database/database.js';
import { PreparedSession } from '../../database/prepared-session.js';
import { APPEND, type AppendAnswer, type AppendOrder, writeAppend } from './log.queries.js';
import type { NewLogRow } from './log-row.js';

/** A writer's own connection to the log. */
export class AppendSession {
  private readonly session: PreparedSession;

  constructor(
    database: Database,
    name: string,
    private readonly windowSeconds: number,
  ) {
    this.session = new PreparedSession(database, name);
  }

  /** Appends a batch in one statement; resolves after its COMMIT. */
  async append(rows: readonly NewLogRow[], order: AppendOrder): Promise<AppendAnswer> {
    const [answer] = await this.session.run(APPEND, (writer) => writeAppend(writer, rows, this.windowSeconds, order));
    if (answer === undefined) throw new Error('append_batch gave no answer');
    return answer;
  }

  end(): Promise<void> {
    return this.session.end();
  }
}
