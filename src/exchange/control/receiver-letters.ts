import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { PlacedEvent } from '../../database/domain-events.js';
import { type EventConsumer, EventConsumers } from '../../database/event-consumers.js';
import type { Transaction } from '../../database/unit-of-work.js';
import { parseTwinId, type TwinId } from '../../kernel/ids.js';
import { TwinDirectory } from '../../registry/twin-directory.js';
import { Undertaker } from '../dead-letter/undertaker.js';
import { LogReader } from '../log/log-reader.js';
import type { LogRow, Position } from '../log/log-row.js';
import { InboxFigures } from './inbox-figures.js';
import { RECEIVER_LETTERS_SQL } from './letter.queries.js';
import { Withdrawals } from './withdrawals.js';

const BATCH = 200;
const EVENTS = 20;
const REASON = 'the registration of the receiver expired';

/**
 * When the registration of a twin expires, what waits for it goes on waiting until its time is over, unless its sender asked otherwise
 * (`onReceiverExpired`): then it is a dead letter at once, a REQUEST answered PEER_UNREACHABLE. Heard of by a durable consumer, so no expiry is missed; an
 * index of such messages alone finds them, so nobody else is slowed. A deregistered twin's settings and observers go with it.
 */
@Injectable()
export class ReceiverLetters implements EventConsumer, OnModuleInit {
  readonly name = 'receiver-letters';
  readonly kinds = ['twin.status-changed', 'twin.deregistered'] as const;
  readonly appetite = (): Promise<number> => Promise.resolve(EVENTS);

  constructor(
    private readonly consumers: EventConsumers,
    private readonly twins: TwinDirectory,
    private readonly withdrawals: Withdrawals,
    private readonly undertaker: Undertaker,
    private readonly reader: LogReader,
    private readonly figures: InboxFigures,
    private readonly database: Database,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.consumers.add(this);
  }

  /** What it does goes through the inboxes, each step atomic by itself and repeatable; the place moves once all is done. */
  readonly consume = async (tx: Transaction, events: readonly PlacedEvent[]): Promise<void> => {
    for (const { kind, subject, data } of events) {
      if (kind === 'twin.deregistered') {
        await tx.query('DELETE FROM inbox_setting WHERE receiver = $1', [subject]);
        await tx.query('DELETE FROM inbox_observer WHERE receiver = $1', [subject]);
        tx.record({ kind: 'inbox.changed', subject, data: { mode: 'OPEN' } });
      } else if (data['status'] === 'EXPIRED') {
        await this.bury(parseTwinId(subject));
      }
    }
  };

  /** Buries what waits for a twin that is EXPIRED still. */
  async bury(receiver: TwinId): Promise<void> {
    for (let after: Position = '0'; ;) {
      if ((await this.twins.find(receiver))?.status !== 'EXPIRED') return;
      const found = await this.database.query<{ lane: number; position: Position }>(RECEIVER_LETTERS_SQL, [receiver, after, BATCH]);
      const rows = await this.rowsAt(receiver, found);
      const { taken } = await this.withdrawals.takeBackRows(receiver, rows, 'receiver-expired', {
        before: (unclaimed) =>
          this.undertaker.buryRows(
            receiver,
            unclaimed.map((row) => ({ row: { ...row, source: String(row.lane), key: row.orderingKey }, reason: REASON })),
          ),
      });
      this.figures.passed('dead-lettered', taken.length);
      const last = found.at(-1);
      if (found.length < BATCH || last === undefined) return;
      after = last.position;
    }
  }

  private async rowsAt(receiver: TwinId, found: readonly { lane: number; position: Position }[]): Promise<LogRow[]> {
    const lanes = [...new Set(found.map(({ lane }) => lane))];
    const rows = await Promise.all(
      lanes.map((lane) =>
        this.reader.at(
          receiver,
          lane,
          found.filter((each) => each.lane === lane).map(({ position }) => position),
        ),
      ),
    );
    return rows.flat();
  }
}
