import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import { UnitOfWork } from '../../database/unit-of-work.js';
import type { TwinId } from '../../kernel/ids.js';

/** Rides twin_absence_pkey. */
const ADD_SQL = `
  INSERT INTO twin_absence (twin_id, source, reason, since) VALUES ($1, $2, $3, clock_timestamp())
  ON CONFLICT DO NOTHING RETURNING twin_id`;
/** Rides twin_absence_pkey. */
const END_SQL = 'DELETE FROM twin_absence WHERE twin_id = $1 AND source = $2 RETURNING twin_id';

/**
 * Twins that are known to be away, although their lease may still run: somebody who would know (the last will on a wire) said so. Their connections are
 * LOST until the same source says otherwise. Each source speaks for itself: a twin is away as long as one says so.
 */
@Injectable()
export class Absences {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly database: Database,
  ) {}

  /** Whether a source says that the twin is away. */
  async isAway(twin: TwinId): Promise<boolean> {
    return (await this.database.query('SELECT FROM twin_absence WHERE twin_id = $1 LIMIT 1', [twin])).length > 0;
  }

  /** A source has it that the twin is away. Said again, nothing changes. */
  async begin(twin: TwinId, source: string, reason: string): Promise<void> {
    await this.change(twin, ADD_SQL, [twin, source, reason]);
  }

  /** The source has it that the twin is there, or speaks no longer. */
  async end(twin: TwinId, source: string): Promise<void> {
    await this.change(twin, END_SQL, [twin, source]);
  }

  private async change(twin: TwinId, sql: string, parameters: string[]): Promise<void> {
    await this.uow.run(async (tx) => {
      const isChanged = (await tx.query(sql, parameters)).length > 0;
      if (isChanged) tx.record({ kind: 'absence.changed', subject: twin, data: {} });
    });
  }
}
