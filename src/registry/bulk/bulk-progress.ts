import { Injectable, type OnModuleInit } from '@nestjs/common';
import { BackgroundTasks } from '../../database/background-task.js';
import { Database } from '../../database/database.js';
import type { Transaction } from '../../database/unit-of-work.js';
import type { OrganizationId } from '../../kernel/ids.js';
import { KEEP_DAYS } from './bulk-limits.js';
import { FORGET_BULKS, NOTE_PROGRESS, READ_PROGRESS } from './bulk.queries.js';

const FORGET_MS = 3_600_000;

/** What became of how many lines. */
export interface LineCounts {
  created: number;
  replaced: number;
  unchanged: number;
  refused: number;
}

/** How far a bulk came. OPEN: it is under way or broke off; COMPLETE: its last line was reached. */
export interface BulkRecord extends LineCounts {
  readonly id: string;
  readonly state: 'OPEN' | 'COMPLETE';
  readonly committedLine: number;
  readonly startedAt: Date;
  readonly updatedAt: Date;
}

/** A bulk of an organization. */
export interface BulkKey {
  readonly owner: OrganizationId;
  readonly id: string;
}

/** Remembers how far bulks came, for some days. */
@Injectable()
export class BulkProgress implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly tasks: BackgroundTasks,
  ) {}

  onModuleInit(): void {
    this.tasks.every(FORGET_MS, 'forgetting old bulks', () => this.forget());
  }

  /** Notes the last line done and what became of the lines since the last note, with the transaction or, without one, by itself. */
  async note({ owner, id }: BulkKey, state: BulkRecord['state'], line: number, counts: LineCounts, tx?: Transaction): Promise<void> {
    const { created, replaced, unchanged, refused } = counts;
    await (tx ?? this.database).query(NOTE_PROGRESS, [owner, id, line, created, replaced, unchanged, refused, state]);
  }

  /** Undefined when the organization had no bulk of this id lately. */
  async find({ owner, id }: BulkKey): Promise<BulkRecord | undefined> {
    const [row] = await this.database.query<BulkRecord>(READ_PROGRESS, [owner, id]);
    return row;
  }

  /** Forgets what is old. */
  async forget(): Promise<void> {
    await this.database.query(FORGET_BULKS, [KEEP_DAYS]);
  }
}
