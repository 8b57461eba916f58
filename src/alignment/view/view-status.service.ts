import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { MissingReason } from '../member/member.js';
import { type Blocked, SurroundingsService } from '../member/surroundings.service.js';
import { READ_PROGRESS } from '../run/checkpoint.queries.js';
import { NO_FIGURES, type View, type ViewFigures } from './view.js';

/** Members without a value that are named at most. */
const MAX_NAMED = 100;
/** A view that is so much late, or three slots, is behind; milliseconds. */
const BEHIND_MS = 10_000;

/** Where a view stands. */
export interface ViewStatus {
  /** `blocked`: it stands still, see `reason`. `behind`: slots are closed much later than they should be. */
  readonly condition: 'running' | 'behind' | 'blocked';
  readonly reason?: Blocked;
  /** Up to where nothing more is expected. */
  readonly watermark: Date;
  /** The beginning of the oldest open slot. */
  readonly nextSlot: Date;
  /** When what it remembers was stored last. */
  readonly savedAt?: Date;
  /** By how many milliseconds the oldest open slot is overdue. */
  readonly lagMs: number;
  /** Members that are joined at the moment. */
  readonly joined: number;
  readonly missing: readonly { readonly twin: string; readonly column: string; readonly reason: MissingReason }[];
  readonly missingCount: number;
  /** Places of which nobody knows where they are. */
  readonly unplaced: readonly string[];
  readonly figures: ViewFigures;
}

interface Progress {
  readonly nextSlot: Date;
  readonly watermark: Date;
  readonly savedAt: Date | null;
  readonly figures: ViewFigures;
  readonly now: Date;
}

/** Tells where a view stands, whichever broker joins it. */
@Injectable()
export class ViewStatusService {
  constructor(
    private readonly database: Database,
    private readonly surroundings: SurroundingsService,
  ) {}

  async of({ id, definition, changedAt }: View): Promise<ViewStatus> {
    const { members, blocked, unplaced } = await this.surroundings.of(definition);
    const [found] = await this.database.query<Progress>(READ_PROGRESS, [id]);
    const progress = found ?? { nextSlot: changedAt, watermark: changedAt, savedAt: null, figures: NO_FIGURES, now: changedAt };
    const { slotMs, lateness, columns } = definition;
    const lagMs = Math.max(0, Math.round(progress.now.getTime() - progress.nextSlot.getTime() - slotMs - lateness.delayMs));
    const isBehind = lagMs > Math.max(BEHIND_MS, 3 * slotMs) + lateness.idleMs;
    const missing = members.flatMap(({ twin, column, missing: reason }) =>
      reason === undefined ? [] : [{ twin, column: columns[column]?.name ?? '', reason }],
    );
    return {
      condition: blocked !== undefined ? 'blocked' : isBehind ? 'behind' : 'running',
      ...(blocked === undefined ? {} : { reason: blocked }),
      watermark: progress.watermark,
      nextSlot: progress.nextSlot,
      ...(progress.savedAt === null ? {} : { savedAt: progress.savedAt }),
      lagMs,
      joined: members.length - missing.length,
      missing: missing.slice(0, MAX_NAMED),
      missingCount: missing.length,
      unplaced,
      figures: { ...NO_FIGURES, ...progress.figures },
    };
  }
}
