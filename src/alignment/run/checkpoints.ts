/**
 * What a view remembers, stored so that it goes on exactly after its broker died. One transaction stores the partial aggregates with the places in the
 * streams that they stand for, the slots that were closed or corrected, and their NOTIFYs: all or nothing. Its first statement names the fence of the
 * lease under which the view was loaded; a broker that was taken for dead finds another there and stores nothing.
 */
import { Injectable, Logger } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { Database } from '../../database/database.js';
import { isConstraint } from '../../database/sqlstate.js';
import { type Transaction, UnitOfWork } from '../../database/unit-of-work.js';
import type { Position } from '../../exchange/log/log-row.js';
import { TransactionLog } from '../../exchange/log/transaction-log.js';
import type { Slot } from '../aggregate/slot.js';
import {
  pack,
  readSlot,
  readTimeline,
  type StoredSlot,
  type StoredTimeline,
  storeSlot,
  storeTimeline,
  unpack,
} from '../aggregate/state-codec.js';
import { freshTimeline, type TimelineState } from '../aggregate/timeline.js';
import type { ExpectedMember } from '../slot/slot-rows.js';
import { slotNotify, type SlotText } from '../slot/slot-message.js';
import type { View, ViewFigures } from '../view/view.js';
import { APPEND_SLOTS, LOAD_SLOTS, LOAD_STATE, SAVE_STATE } from './checkpoint.queries.js';

/** What a view remembers. */
export interface Remembered {
  readonly timeline: TimelineState;
  /** Up to where each stream is counted. */
  readonly cursors: ReadonlyMap<string, Position>;
  readonly figures: ViewFigures;
}

/** A closed slot with who was expected in it. */
export interface ClosedSlot {
  readonly slot: Slot;
  readonly expected: readonly ExpectedMember[];
}

/** A slot that is to be published. */
export interface DueSlot extends ClosedSlot {
  readonly text: SlotText;
}

interface StoredState {
  readonly timeline: StoredTimeline;
  readonly cursors: readonly [string, Position][];
}

interface StoredClosedSlot {
  readonly slot: StoredSlot;
  readonly expected: readonly ExpectedMember[];
}

/** The view is another broker's by now, or another one. */
export class ViewLost extends Error {
  override readonly name = 'ViewLost';
}

/** Loads and stores what views remember. */
@Injectable()
export class Checkpoints {
  private readonly logger = new Logger(Checkpoints.name);

  constructor(
    private readonly database: Database,
    private readonly uow: UnitOfWork,
    private readonly log: TransactionLog,
    private readonly config: Config,
  ) {}

  /** Takes the view over. @throws ViewLost */
  async load(view: View, fence: number): Promise<Remembered> {
    const [row] = await this.database.query<{ origin: Date; figures: ViewFigures; checkpoint: Buffer | null }>(LOAD_STATE, [
      view.id,
      fence,
      view.version,
    ]);
    if (row === undefined) throw new ViewLost();
    if (row.checkpoint === null) return { timeline: freshTimeline(row.origin.getTime()), cursors: new Map(), figures: row.figures };
    const { timeline, cursors } = (await unpack(row.checkpoint)) as StoredState;
    return { timeline: readTimeline(timeline), cursors: new Map(cursors), figures: row.figures };
  }

  /** Closed slots that are kept for corrections. */
  async loadSlots(view: View, from: Iterable<number>): Promise<ReadonlyMap<number, ClosedSlot>> {
    const moments = [...from].map((moment) => new Date(moment));
    if (moments.length === 0) return new Map();
    const rows = await this.database.query<{ from: Date; state: Buffer | null }>(LOAD_SLOTS, [view.id, view.version, moments]);
    const slots = new Map<number, ClosedSlot>();
    for (const { from: begin, state } of rows) {
      if (state === null) continue;
      const { slot, expected } = (await unpack(state)) as StoredClosedSlot;
      slots.set(begin.getTime(), { slot: readSlot(slot), expected });
    }
    return slots;
  }

  /** Stores everything at once. Says how many bytes the checkpoint took. @throws ViewLost */
  async save(view: View, fence: number, { timeline, cursors, figures }: Remembered, due: readonly DueSlot[]): Promise<number> {
    const checkpoint = await pack({ timeline: storeTimeline(timeline), cursors: [...cursors] } satisfies StoredState);
    const isKept = view.definition.lateness.policy === 'correct';
    const states = await Promise.all(
      due.map(async ({ slot, expected }) => (isKept ? pack({ slot: storeSlot(slot), expected } satisfies StoredClosedSlot) : null)),
    );
    const store = async (tx: Transaction): Promise<void> => {
      const stored = [new Date(timeline.next), new Date(timeline.watermark), JSON.stringify(figures), checkpoint];
      const mine = await tx.query(SAVE_STATE, [view.id, fence, view.version, ...stored]);
      if (mine.length === 0) throw new ViewLost();
      if (due.length > 0) await tx.query(APPEND_SLOTS, [view.id, view.version, ...slotColumns(due), states]);
    };
    try {
      await this.uow.run(async (tx) => {
        await store(tx);
        this.publish(tx, view, due);
      });
    } catch (error) {
      if (!isConstraint(error, 'refused')) throw error;
      // Somebody sent another message under the id of a slot, in the host's name: the slot can be asked for nevertheless.
      this.logger.warn({ view: view.id }, 'Slots were not published: an id of their messages is taken.');
      await this.uow.run(store);
    }
    return checkpoint.length;
  }

  private publish(tx: Transaction, view: View, due: readonly DueSlot[]): void {
    if (due.length === 0) return;
    const retentionMs = this.config.messageRetentionSeconds * 1_000;
    this.log.append(tx, ...due.map(({ text }) => slotNotify(view, text, this.database.clock.now(), retentionMs)));
  }
}

function slotColumns(due: readonly DueSlot[]): unknown[] {
  const texts = due.map(({ text }) => text);
  return [
    texts.map(({ from }) => new Date(from)),
    texts.map(({ revision }) => revision),
    texts.map(({ to }) => new Date(to)),
    texts.map(({ messageId }) => messageId),
    texts.map(({ text }) => text),
  ];
}
