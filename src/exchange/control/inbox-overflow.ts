import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { TwinId } from '../../kernel/ids.js';
import { Inboxes } from '../inbox/inboxes.js';
import { LogReader } from '../log/log-reader.js';
import type { Position } from '../log/log-row.js';
import { Discards, withoutPending } from './discards.js';
import { InboxFigures } from './inbox-figures.js';
import type { InboxSettings } from './inbox-settings.js';
import { LANE_ORDER, Pending } from './pending.js';
import { Withdrawals } from './withdrawals.js';

/** The most messages coalesced at a time; what is left follows with the next look. */
const COALESCED_AT_ONCE = 2_000;
const UNLIMITED = 1_000_000_000;

/** Brings an inbox back within its limits, as its overflow policy says. */
@Injectable()
export class InboxOverflow {
  constructor(
    private readonly inboxes: Inboxes,
    private readonly pending: Pending,
    private readonly discards: Discards,
    private readonly withdrawals: Withdrawals,
    private readonly reader: LogReader,
    private readonly figures: InboxFigures,
    private readonly database: Database,
  ) {}

  /**
   * Passes over what is too old and, where that is the policy, the oldest of the least urgent lane first until what waits is within the limits. Gives
   * their number.
   */
  async passOver(receiver: TwinId, settings: InboxSettings): Promise<number> {
    const { maxAgeSeconds } = settings.limits;
    const isSized = settings.overflow === 'dropOldest';
    const maxMessages = (isSized ? settings.limits.maxMessages : undefined) ?? UNLIMITED;
    const maxBytes = (isSized ? settings.limits.maxBytes : undefined) ?? Number.MAX_SAFE_INTEGER;
    const since = new Date(maxAgeSeconds === undefined ? 0 : this.database.clock.now() - maxAgeSeconds * 1_000);
    const { before, cuts, dropped } = await this.inboxes.change(receiver, async (state) => {
      const cuts = new Map<string, Position>();
      const budget = { messages: maxMessages, bytes: maxBytes, since };
      for (const lane of LANE_ORDER) {
        const { kept, keptBytes, cut } = await this.pending.cut(receiver, state, lane, budget);
        budget.messages -= kept;
        budget.bytes -= keptBytes;
        if (cut !== null) cuts.set(String(lane), cut);
      }
      if (cuts.size === 0) return { state, result: { before: state, cuts, dropped: 0 } };
      const next = withoutPending(state, cuts, false);
      const [had, has] = await Promise.all([this.count(receiver, state), this.count(receiver, next)]);
      const dropped = Math.max(had - has, 1);
      return { state: { ...next, dropped: (state.dropped ?? 0) + dropped }, result: { before: state, cuts, dropped } };
    });
    if (dropped > 0) {
      this.figures.passed('dropped', dropped);
      await this.discards.answer(receiver, before, cuts, 'The inbox of the receiver is full.');
    }
    return dropped;
  }

  /** Takes back messages that newer ones take the place of. Gives their number. */
  async coalesce(receiver: TwinId): Promise<number> {
    const state = await this.inboxes.read(receiver);
    let coalesced = 0;
    for (const lane of LANE_ORDER) {
      const positions = await this.pending.superseded(receiver, state, lane, COALESCED_AT_ONCE);
      const rows = await this.reader.at(receiver, lane, positions);
      const { taken } = await this.withdrawals.takeBackRows(receiver, rows, 'coalesced');
      coalesced += taken.length;
    }
    this.figures.passed('coalesced', coalesced);
    return coalesced;
  }

  private async count(receiver: TwinId, state: Parameters<Pending['measure']>[1]): Promise<number> {
    const depths = await this.pending.measure(receiver, state, UNLIMITED);
    return depths.reduce((sum, { messages }) => sum + messages, 0);
  }
}
