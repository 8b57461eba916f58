import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import { ConnectionDirectory } from '../../federation/connection-directory.js';
import { parseConnectionId } from '../../kernel/ids.js';
import { LogReader } from '../log/log-reader.js';
import { isStream, type Position } from '../log/log-row.js';
import type { SourcedRow } from './delivery.js';
import type { Verdict } from './inbox-state.js';

/** How long a message waits before its interrupted connection is looked at again. */
const INTERRUPTED_MS = 2_000;

/** What the gate found about a batch of rows. */
export interface GateResult {
  verdict: (row: SourcedRow) => Verdict;
  /** Rows that can never be delivered, because their connection is gone. */
  undeliverable: readonly SourcedRow[];
}

/** The last check before delivery: time, answer, connection. What held at acceptance need not hold now. */
@Injectable()
export class DispatchGate {
  constructor(
    private readonly reader: LogReader,
    private readonly connections: ConnectionDirectory,
    private readonly database: Database,
  ) {}

  /** Judges rows about to be delivered. */
  async judge(rows: readonly SourcedRow[]): Promise<GateResult> {
    const settled = await this.reader.settledElsewhere(rows);
    const states = new Map<string, 'open' | 'interrupted' | 'gone'>();
    for (const row of rows) {
      if (row.connectionId !== null && !states.has(row.connectionId)) states.set(row.connectionId, await this.stateOf(row.connectionId));
    }
    const gone = (row: SourcedRow): boolean => row.connectionId !== null && states.get(row.connectionId) === 'gone';
    const isOver = (row: SourcedRow): boolean => row.expired || settled.has(row.position);
    const waitUntil = this.database.clock.now() + INTERRUPTED_MS;
    return {
      verdict: (row) => {
        if (isOver(row) || gone(row)) return 'pass';
        return row.connectionId !== null && states.get(row.connectionId) === 'interrupted' ? { waitUntil } : 'deliver';
      },
      // What a stream held is simply not read any more.
      undeliverable: rows.filter((row) => gone(row) && !isOver(row) && !isStream(row.channel)),
    };
  }

  /** Positions among the rows that need no delivery. */
  async over(rows: readonly SourcedRow[]): Promise<ReadonlySet<Position>> {
    const { verdict } = await this.judge(rows);
    return new Set(rows.filter((row) => verdict(row) !== 'deliver').map((row) => row.position));
  }

  private async stateOf(id: string): Promise<'open' | 'interrupted' | 'gone'> {
    const connection = await this.connections.find(parseConnectionId(id));
    switch (connection?.state) {
      case 'CONNECTED':
        return 'open';
      case 'SUSPENDED':
      case 'LOST':
        return 'interrupted';
      case undefined:
      case 'REQUESTED':
      case 'NEGOTIATING':
      case 'REJECTED':
      case 'EXPIRED':
      case 'RELEASED':
        return 'gone';
    }
  }
}
