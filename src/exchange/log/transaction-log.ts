import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { BrokerSignals } from '../../database/broker-signals.js';
import { SEAL_MESSAGES, type Transaction } from '../../database/unit-of-work.js';
import { appendOrFailStatement } from './log.queries.js';
import type { NewLogRow } from './log-row.js';
import { LogTail } from './log-tail.js';
import { Wakeups } from './wakeups.js';

/**
 * Appends messages in a unit of work: they are committed with the effect that they tell, in one statement that is sent together with COMMIT.
 * A message id that is taken fails the whole with the constraint `refused`.
 */
@Injectable()
export class TransactionLog {
  private readonly rowsOf = new WeakMap<Transaction, NewLogRow[]>();

  constructor(
    private readonly wakeups: Wakeups,
    private readonly tail: LogTail,
    private readonly signals: BrokerSignals,
    private readonly config: Config,
  ) {}

  /** Adds rows, in order. */
  append(tx: Transaction, ...rows: NewLogRow[]): void {
    const known = this.rowsOf.get(tx);
    if (known !== undefined) {
      known.push(...rows);
      return;
    }
    this.rowsOf.set(tx, rows);
    tx.seal(SEAL_MESSAGES, () => appendOrFailStatement(rows, this.config.idempotencyWindowSeconds));
    tx.afterCommit(() => {
      this.tail.forget(rows);
      for (const channel of new Set(rows.map((row) => row.channel))) this.wakeups.wake(channel);
      this.signals.raise('twinfed_message');
    });
  }
}
