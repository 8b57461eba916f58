import type { Database } from '../../database/database.js';

const REFRESH_MS = 60_000;
/** Beyond this share, what is listed is no help in finding twins. */
const MUCH = 0.1;

/** Reads what PostgreSQL's statistics say; nothing before the table was first analyzed. */
const SHARE = `
  SELECT m.frequency AS share
    FROM pg_stats AS s, unnest(s.most_common_vals::text::text[], s.most_common_freqs) AS m (value, frequency)
   WHERE s.schemaname = current_schema() AND s.tablename = 'twin_search' AND s.attname = 'access' AND m.value = 'listed'`;

/** How much of the registry everyone sees, as PostgreSQL estimates it. It decides how twins are found, not which. */
export class ListedShare {
  private share = 0;
  private readAt = -Infinity;

  constructor(private readonly database: Database) {}

  /** Whether it is so much that an index of it is no help. */
  async isMuch(): Promise<boolean> {
    const now = performance.now();
    if (now - this.readAt > REFRESH_MS) {
      this.readAt = now;
      const { rows } = await this.database.searches.query<{ share: number }>(SHARE);
      this.share = rows[0]?.share ?? 0;
    }
    return this.share > MUCH;
  }
}
