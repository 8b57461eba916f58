import { Injectable } from '@nestjs/common';
import type { TwinId } from '../../kernel/ids.js';
import type { DispatchCheck, Verdict, Verdicts } from '../dispatch/dispatch-check.js';
import type { SourcedRow } from '../inbox/delivery.js';
import type { InboxState } from '../inbox/inbox-state.js';
import { Inboxes } from '../inbox/inboxes.js';
import { mayBeWithdrawn } from './standing.js';
import { Withdrawals } from './withdrawals.js';

/** Passes what was taken back. Looks only where the inbox's state says that something was; who judges without a state, and beside other brokers, looks always. */
@Injectable()
export class WithdrawalCheck implements DispatchCheck {
  constructor(
    private readonly withdrawals: Withdrawals,
    private readonly inboxes: Inboxes,
  ) {}

  judge(receiver: TwinId, rows: readonly SourcedRow[], state?: InboxState): Promise<Verdicts | undefined> | undefined {
    const own = rows.filter((row) => row.channel === receiver);
    if (own.length === 0) return undefined;
    return state === undefined ? this.judgeByOwnState(receiver, own) : this.look(receiver, suspectsOf(own, state));
  }

  private async judgeByOwnState(receiver: TwinId, rows: readonly SourcedRow[]): Promise<Verdicts | undefined> {
    const state = await this.inboxes.own(receiver);
    return this.look(receiver, state === undefined ? rows : suspectsOf(rows, state));
  }

  private look(receiver: TwinId, suspects: readonly SourcedRow[]): Promise<Verdicts | undefined> | undefined {
    return suspects.length === 0 ? undefined : this.lookUp(receiver, suspects);
  }

  private async lookUp(receiver: TwinId, suspects: readonly SourcedRow[]): Promise<Verdicts | undefined> {
    const gone = await this.withdrawals.among(
      receiver,
      suspects.map((row) => row.position),
    );
    if (gone.size === 0) return undefined;
    return new Map(suspects.filter((row) => gone.has(row.position)).map((row): [SourcedRow, Verdict] => [row, 'pass']));
  }
}

function suspectsOf(rows: readonly SourcedRow[], state: InboxState): SourcedRow[] {
  return rows.filter((row) => mayBeWithdrawn(state, row));
}
