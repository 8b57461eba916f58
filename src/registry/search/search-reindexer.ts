import { Injectable, type OnModuleInit } from '@nestjs/common';
import { BackgroundTasks } from '../../database/background-task.js';
import { UnitOfWork } from '../../database/unit-of-work.js';
import { SEARCH_VERSION, SearchIndex, type SearchRow } from './search-index.js';

const BATCH = 200;
/** Between two looks for rows of an older derivation: they appear only when a broker of another version writes. */
const LOOK_MS = 60_000;
const FIRST_LOOK_MS = 100;

/**
 * Rides twin_search_version_idx and twin_pkey; locks the twins, so that no change passes between reading a profile and storing what follows from it.
 * What another broker holds is skipped and comes again.
 */
const OLD_ROWS = `
  SELECT t.id, t.owner, t.profile, t.updated_at AS "updatedAt"
    FROM twin t
   WHERE t.id = ANY (ARRAY(SELECT twin_id FROM twin_search WHERE search_version < $1 LIMIT $2)) AND t.registration = 'REGISTERED'
   ORDER BY t.id FOR NO KEY UPDATE SKIP LOCKED`;

/** Derives search rows anew that an older version of the program made. Any number of brokers do so at once. */
@Injectable()
export class SearchReindexer implements OnModuleInit {
  private sinceLook = LOOK_MS;

  constructor(
    private readonly uow: UnitOfWork,
    private readonly index: SearchIndex,
    private readonly tasks: BackgroundTasks,
  ) {}

  onModuleInit(): void {
    this.tasks.every(FIRST_LOOK_MS, 'search reindexing', async () => {
      this.sinceLook += FIRST_LOOK_MS;
      if (this.sinceLook < LOOK_MS) return;
      if ((await this.step()) === 0) this.sinceLook = 0;
    });
  }

  /** Derives every old row anew; gives their number. */
  async run(): Promise<number> {
    let total = 0;
    for (let count = await this.step(); count > 0; count = await this.step()) total += count;
    return total;
  }

  private step(): Promise<number> {
    return this.uow.run(async (tx) => {
      const rows = await tx.query<SearchRow>(OLD_ROWS, [SEARCH_VERSION, BATCH]);
      await this.index.put(tx, rows);
      return rows.length;
    });
  }
}
