import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { TwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import type { DispatchCheck, Verdict, Verdicts } from '../dispatch/dispatch-check.js';
import type { SourcedRow } from '../inbox/delivery.js';
import type { AcceptanceCandidate, AcceptanceCheck } from '../message/acceptance-check.js';

/** Holds a message, and its key with it, until its moment (`notBefore`), by the database's clock. */
@Injectable()
export class NotBeforeCheck implements DispatchCheck, AcceptanceCheck {
  constructor(private readonly database: Database) {}

  judge(_receiver: TwinId, rows: readonly SourcedRow[]): Verdicts | undefined {
    const timed = rows.filter((row) => row.notBefore !== null);
    if (timed.length === 0) return undefined;
    const now = this.database.clock.now();
    const verdicts = new Map<SourcedRow, Verdict>();
    for (const row of timed) {
      const waitUntil = row.notBefore?.getTime() ?? 0;
      if (waitUntil > now) verdicts.set(row, { waitUntil });
    }
    return verdicts;
  }

  /** The time to live counts from acceptance, so a message may not wait beyond it. @throws DomainError `validation-failed` */
  check({ row }: AcceptanceCandidate): void {
    if (row.notBefore === null || Date.parse(row.notBefore) < this.database.clock.now() + row.ttlMs) return;
    const pointer = '/header/notBefore';
    const detail = `must lie before the message expires, ${row.ttlMs} ms after its acceptance; ask for a longer ttlMs`;
    throw new DomainError('validation-failed', `${pointer} ${detail}.`, { pointer, errors: [{ pointer, detail }] });
  }
}
