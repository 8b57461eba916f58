import { Injectable } from '@nestjs/common';
import type { TwinId } from '../../kernel/ids.js';
import type { SourcedRow } from '../inbox/delivery.js';
import { LogReader } from '../log/log-reader.js';
import { TRAITS } from '../log/log-row.js';
import type { DispatchCheck, Verdict, Verdicts } from './dispatch-check.js';

/** Passes what needs no delivery any more: its time is over, its REQUEST is answered, or it was given inline. On request (`onExpiry`) it becomes a dead letter. */
@Injectable()
export class SettledCheck implements DispatchCheck {
  constructor(private readonly reader: LogReader) {}

  async judge(_receiver: TwinId, rows: readonly SourcedRow[]): Promise<Verdicts | undefined> {
    const settled = await this.reader.settledElsewhere(rows);
    const over = rows.filter((row) => row.expired || settled.has(row.position));
    const verdictOf = (row: SourcedRow): Verdict =>
      !settled.has(row.position) && (row.traits & TRAITS.deadLetterOnExpiry) !== 0 ? { bury: 'expired' } : 'pass';
    return over.length === 0 ? undefined : new Map(over.map((row): [SourcedRow, Verdict] => [row, verdictOf(row)]));
  }
}
