import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { TwinId } from '../../kernel/ids.js';
import { Inboxes } from '../inbox/inboxes.js';
import { frontier, ownSources } from '../inbox/source.js';
import { COUNT_WAITING_SQL } from './match.queries.js';

/** Messages of one lane that are counted; beyond that an inbox is simply full. */
export const MAX_COUNTED = 1_000;

/** How much an inbox has to do: the measure by which `anyOf` chooses. */
@Injectable()
export class InboxLoad {
  constructor(
    private readonly inboxes: Inboxes,
    private readonly database: Database,
  ) {}

  /**
   * Of each receiver: what waits in the lanes of its own inbox (counted to {@link MAX_COUNTED} a lane), what is in its consumers' hands, and what they
   * gave back. A look, no promise: others may be sent to the same receiver at the same moment.
   */
  async of(receivers: readonly TwinId[]): Promise<Map<TwinId, number>> {
    const states = await Promise.all(receivers.map((receiver) => this.inboxes.read(receiver)));
    const loads = new Map<TwinId, number>();
    const places = receivers.flatMap((receiver, index) => {
      const state = states[index];
      if (state === undefined) return [];
      const leased = state.leases.flatMap((lease) => lease.runs).reduce((sum, run) => sum + run.positions.length, 0);
      const givenBack = state.held.reduce((sum, held) => sum + held.retry.length + (held.rest === undefined ? 0 : 1), 0);
      loads.set(receiver, leased + givenBack);
      return ownSources(receiver).map((source) => ({ receiver, lane: source.lane, after: frontier(state, source) }));
    });
    const { rows } = await this.database.hot.query<{ channel: string; waiting: number }>({
      name: 'count-waiting',
      text: COUNT_WAITING_SQL,
      values: [places.map((place) => place.receiver), places.map((place) => place.lane), places.map((place) => place.after), MAX_COUNTED],
    });
    for (const { channel, waiting } of rows) {
      const receiver = channel as TwinId;
      loads.set(receiver, (loads.get(receiver) ?? 0) + waiting);
    }
    return loads;
  }
}
