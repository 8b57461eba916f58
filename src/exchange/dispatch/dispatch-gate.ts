import { Injectable } from '@nestjs/common';
import type { TwinId } from '../../kernel/ids.js';
import type { AdaptationFailure } from '../adaptation/adapted-message.js';
import { AdaptationCheck } from '../adaptation/adaptation.check.js';
import type { SourcedRow } from '../inbox/delivery.js';
import type { Verdict as InboxVerdict } from '../inbox/claim.js';
import type { InboxState } from '../inbox/inbox-state.js';
import type { Position } from '../log/log-row.js';
import { TurnCheck } from '../match/turn-check.js';
import type { Verdict } from './dispatch-check.js';
import { DispatchChecks } from './dispatch-checks.js';

/** Rows that can never be delivered, and why. */
export interface Undeliverable {
  row: SourcedRow;
  reason: string;
  /** There when it could not be adapted. */
  adaptation?: AdaptationFailure;
}

/** What the gate found about a batch of rows. */
export interface GateResult {
  verdict: (row: SourcedRow) => InboxVerdict;
  undeliverable: readonly Undeliverable[];
}

const DELIVER_ALL: GateResult = { verdict: () => 'deliver', undeliverable: [] };

/** The last check before delivery: what held at acceptance need not hold now. */
@Injectable()
export class DispatchGate {
  constructor(
    private readonly checks: DispatchChecks,
    private readonly turns: TurnCheck,
    private readonly adaptation: AdaptationCheck,
  ) {}

  /** Judges rows about to be delivered to this receiver. */
  async judge(receiver: TwinId, rows: readonly SourcedRow[], state?: InboxState): Promise<GateResult> {
    if (rows.length === 0) return DELIVER_ALL;
    const found = new Map<SourcedRow, Verdict>();
    let open = rows;
    for (const check of this.checks.list) {
      if (open.length === 0) break;
      const verdicts = await check.judge(receiver, open, state);
      if (verdicts === undefined) continue;
      for (const [row, verdict] of verdicts) if (verdict !== 'deliver') found.set(row, verdict);
      open = open.filter((row) => !found.has(row));
    }
    if (found.size === 0) return DELIVER_ALL;
    await this.turns.spare(receiver, found);
    const undeliverable: Undeliverable[] = [];
    for (const [row, verdict] of found) {
      if (typeof verdict === 'object' && 'bury' in verdict) {
        undeliverable.push({ row, reason: verdict.bury, adaptation: verdict.adaptation });
      }
    }
    return {
      verdict: (row) => {
        const verdict = found.get(row) ?? 'deliver';
        return typeof verdict === 'object' && 'bury' in verdict ? 'pass' : verdict;
      },
      undeliverable,
    };
  }

  /** Positions among the rows that need no delivery any more. The others are shown as they would be delivered, even those that wait. */
  async over(receiver: TwinId, rows: readonly SourcedRow[], state?: InboxState): Promise<ReadonlySet<Position>> {
    const { verdict } = await this.judge(receiver, rows, state);
    const [passed, others] = [rows.filter((row) => verdict(row) === 'pass'), rows.filter((row) => verdict(row) !== 'pass')];
    return new Set([...passed.map((row) => row.position), ...(await this.adaptation.complete(receiver, others))]);
  }
}
