import { Injectable, Logger } from '@nestjs/common';
import type { DispatchCheck, Verdict, Verdicts } from '../../dispatch/dispatch-check.js';
import type { SourcedRow } from '../../inbox/delivery.js';
import { RowDocuments } from './row-documents.js';

/** What a filter says of a message; `failed`: it could not say, so the message is not delivered. */
export type FilterOutcome = 'match' | 'miss' | 'failed';

/**
 * Passes over what a subscription's filter does not let through. The outcome depends on the message alone, so that every broker, and a message that
 * comes again, gets the same one.
 */
@Injectable()
export class FilterCheck implements DispatchCheck {
  private readonly logger = new Logger(FilterCheck.name);
  private readonly found = new WeakMap<SourcedRow, FilterOutcome>();

  constructor(private readonly documents: RowDocuments) {}

  judge(_receiver: string, rows: readonly SourcedRow[]): Verdicts | undefined {
    let passed: Map<SourcedRow, Verdict> | undefined;
    for (const row of rows) {
      if (row.terms?.filter !== undefined && this.outcome(row) !== 'match') (passed ??= new Map()).set(row, 'pass');
    }
    return passed;
  }

  /** What the filter says, looked at once for a row that was read. */
  outcome(row: SourcedRow): FilterOutcome {
    const known = this.found.get(row);
    if (known !== undefined) return known;
    const outcome = this.run(row);
    this.found.set(row, outcome);
    return outcome;
  }

  private run({ terms, ...row }: SourcedRow): FilterOutcome {
    if (terms?.filter === undefined) return 'match';
    const document = this.documents.of(row);
    try {
      return terms.filter({ ...document, unit: terms.unit ?? null }) ? 'match' : 'miss';
    } catch (error) {
      this.logger.debug({ err: error, subscription: row.source, position: row.position }, 'A filter failed; the message is not delivered.');
      return 'failed';
    }
  }
}
