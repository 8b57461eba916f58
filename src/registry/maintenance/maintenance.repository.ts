import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { Transaction } from '../../database/unit-of-work.js';
import type { TwinId } from '../../kernel/ids.js';
import { DELETE_WINDOWS, INSERT_WINDOWS, LIST_WINDOWS, TURN_DUE, TURN_ONE } from './maintenance.queries.js';

/** A planned maintenance window: from, inclusive, to, exclusive, by the database's clock. */
export interface MaintenanceWindow {
  readonly from: Date;
  readonly to: Date;
  readonly reason: string | null;
}

/** A twin's maintenance before and after its windows were looked at; all null: none runs. */
export interface MaintenanceTurn {
  readonly id: TwinId;
  readonly wasSince: Date | null;
  readonly wasUntil: Date | null;
  readonly wasReason: string | null;
  readonly since: Date | null;
  readonly until: Date | null;
  readonly reason: string | null;
}

/** All persistence of maintenance windows. Whoever changes them holds the lock of the twin's lease. */
@Injectable()
export class MaintenanceRepository {
  constructor(private readonly database: Database) {}

  /** Windows that are not over, earliest first. */
  async list(twin: TwinId, tx?: Transaction): Promise<MaintenanceWindow[]> {
    return (tx ?? this.database).query<MaintenanceWindow>(LIST_WINDOWS, [twin]);
  }

  /** Puts other windows in the place of all, and brings the twin to where they stand. */
  async replace(tx: Transaction, twin: TwinId, windows: readonly MaintenanceWindow[]): Promise<MaintenanceTurn | undefined> {
    await tx.query(DELETE_WINDOWS, [twin]);
    await tx.query(INSERT_WINDOWS, [
      twin,
      windows.map(({ from }) => from.toISOString()),
      windows.map(({ to }) => to.toISOString()),
      windows.map(({ reason }) => reason),
    ]);
    const [turned] = await tx.query<MaintenanceTurn>(TURN_ONE, [twin]);
    return turned;
  }

  /** Turns up to `limit` twins of which a window begins or ends by now. */
  async turnDue(tx: Transaction, limit: number): Promise<MaintenanceTurn[]> {
    return tx.query<MaintenanceTurn>(TURN_DUE, [limit]);
  }
}
