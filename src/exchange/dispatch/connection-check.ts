import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import { ConnectionDirectory } from '../../federation/connection-directory.js';
import { parseConnectionId, type TwinId } from '../../kernel/ids.js';
import type { SourcedRow } from '../inbox/delivery.js';
import { isStream, KIND_NUMBERS } from '../log/log-row.js';
import type { DispatchCheck, Verdict, Verdicts } from './dispatch-check.js';

/** How long a message waits before its interrupted connection is looked at again. */
const INTERRUPTED_MS = 2_000;

/** Keeps messages back while their connection is interrupted, and buries those whose connection is gone. */
@Injectable()
export class ConnectionCheck implements DispatchCheck {
  constructor(
    private readonly connections: ConnectionDirectory,
    private readonly database: Database,
  ) {}

  async judge(_receiver: TwinId, rows: readonly SourcedRow[]): Promise<Verdicts | undefined> {
    const states = new Map<string, 'open' | 'interrupted' | 'gone'>();
    for (const { connectionId, kind } of rows) {
      // An answer names its connection for the plan's sake alone: it is given, whatever became of the connection since.
      if (connectionId !== null && kind !== KIND_NUMBERS.RESPONSE && !states.has(connectionId))
        states.set(connectionId, await this.stateOf(connectionId));
    }
    if ([...states.values()].every((state) => state === 'open')) return undefined;
    const verdicts = new Map<SourcedRow, Verdict>();
    const waitUntil = this.database.clock.now() + INTERRUPTED_MS;
    for (const row of rows) {
      const state = row.connectionId === null || row.kind === KIND_NUMBERS.RESPONSE ? 'open' : states.get(row.connectionId);
      // What a stream held is simply not read any more.
      if (state === 'gone') verdicts.set(row, isStream(row.channel) ? 'pass' : { bury: 'the connection was released' });
      if (state === 'interrupted') verdicts.set(row, { waitUntil });
    }
    return verdicts;
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
