import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { TwinId } from '../../kernel/ids.js';
import { LANES, type Lane } from '../../vocabulary/codes.js';
import { emptyInbox, type InboxState } from '../inbox/inbox-state.js';
import { Inboxes } from '../inbox/inboxes.js';
import { SourceDirectory } from '../inbox/source-directory.js';
import { InboxFigures } from './inbox-figures.js';
import type { InboxMode } from './inbox-mode.js';
import { InboxSettingsRepository } from './inbox-settings.repository.js';
import { type Depth, LANE_ORDER, Pending } from './pending.js';

/** Up to how many messages each lane and stream is counted. */
export const BACKLOG_COUNTED = 10_000;

/** How much waits in one lane or stream; `atLeast`: it was counted no further. */
export interface SourceBacklog {
  waiting: number;
  bytes: number;
  atLeast: boolean;
  oldestWaitingMs?: number;
}

/** What waits for a receiver, and what is in its hands. */
export interface Backlog {
  mode: InboxMode;
  lanes: (SourceBacklog & { lane: Lane })[];
  subscriptions: (SourceBacklog & { subscriptionId: string })[];
  /** Messages in consumers' hands. */
  leased: number;
  leases: number;
  /** Ordering keys that wait for an earlier message of theirs, or for its moment. */
  heldKeys: number;
  /** Messages passed over because of the inbox's limits, ever. */
  dropped: number;
  oldestUnackedMs?: number;
}

/** How much waits in inboxes. */
@Injectable()
export class BacklogService {
  constructor(
    private readonly inboxes: Inboxes,
    private readonly sources: SourceDirectory,
    private readonly settings: InboxSettingsRepository,
    private readonly pending: Pending,
    private readonly figures: InboxFigures,
    private readonly database: Database,
  ) {}

  /** What waits now. Counts up to {@link BACKLOG_COUNTED} in each lane and stream. */
  async of(receiver: TwinId): Promise<Backlog> {
    const [state, sources, { mode }] = await Promise.all([
      this.inboxes.read(receiver),
      this.sources.of(receiver),
      this.settings.find(receiver),
    ]);
    const depths = await this.pending.measure(receiver, state, BACKLOG_COUNTED);
    const streams = sources.filter(({ subscriptionId }) => subscriptionId !== undefined);
    const subscriptions = await Promise.all(
      streams.map(async ({ key, channel, start }) => {
        const view: InboxState = {
          ...emptyInbox(),
          cursors: { '1': state.cursors[key] ?? start },
          held: state.held.filter((held) => held.source === key).map((held) => ({ ...held, source: '1' })),
        };
        const depth = await this.pending.measureLane(channel, view, 1, BACKLOG_COUNTED);
        return { subscriptionId: key, ...this.backlogOf(depth) };
      }),
    );
    const lanes = LANE_ORDER.map((lane, index) => ({
      lane: LANES[lane] ?? 'normal',
      ...this.backlogOf(depths[index] ?? { messages: 0, bytes: 0, oldest: null }),
    }));
    const leased = state.leases.flatMap(({ runs }) => runs.flatMap(({ positions }) => positions)).length;
    const ages = [...lanes, ...subscriptions].flatMap(({ oldestWaitingMs }) => (oldestWaitingMs === undefined ? [] : [oldestWaitingMs]));
    const leasedAt = await this.oldestLeased(receiver, state);
    if (leasedAt !== undefined) ages.push(this.ageOf(leasedAt));
    const oldest = Math.min(...depths.map((depth) => depth.oldest?.getTime() ?? Number.POSITIVE_INFINITY));
    const waiting = depths.reduce((sum, { messages }) => sum + messages, 0);
    this.figures.counted(receiver, waiting, oldest);
    return {
      mode,
      lanes,
      subscriptions,
      leased,
      leases: state.leases.length,
      heldKeys: state.held.length,
      dropped: state.dropped ?? 0,
      ...(ages.length === 0 ? {} : { oldestUnackedMs: Math.max(...ages) }),
    };
  }

  private backlogOf({ messages, bytes, oldest }: Depth): SourceBacklog {
    return {
      waiting: messages,
      bytes,
      atLeast: messages >= BACKLOG_COUNTED,
      ...(oldest === null ? {} : { oldestWaitingMs: this.ageOf(oldest) }),
    };
  }

  /** When the oldest of the own lanes' messages in anybody's hands, or given back, was accepted. */
  private async oldestLeased(receiver: TwinId, state: InboxState): Promise<Date | undefined> {
    const dates = await Promise.all(
      LANE_ORDER.map((lane) => {
        const source = String(lane);
        const runs = state.leases.flatMap((lease) => lease.runs).filter((run) => run.source === source);
        const back = state.held.filter((held) => held.source === source);
        const positions = [...runs.flatMap((run) => run.positions), ...back.flatMap((held) => held.retry)];
        return this.pending.oldestAt(receiver, lane, positions);
      }),
    );
    const known = dates.flatMap((date) => (date === null ? [] : [date.getTime()]));
    return known.length === 0 ? undefined : new Date(Math.min(...known));
  }

  private ageOf(acceptedAt: Date): number {
    return Math.max(0, Math.round(this.database.clock.now() - acceptedAt.getTime()));
  }
}
