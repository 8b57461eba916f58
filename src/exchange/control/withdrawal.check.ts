import { Injectable } from '@nestjs/common';
import type { TwinId } from '../../kernel/ids.js';
import type { DispatchCheck, Verdict, Verdicts } from '../dispatch/dispatch-check.js';
import type { SourcedRow } from '../inbox/delivery.js';
import type { InboxState } from '../inbox/inbox-state.js';
import { mayBeWithdrawn } from './standing.js';
import { Withdrawals } from './withdrawals.js';

/** Passes what was taken back. Looks only where the inbox's state says that something was; who judges without a state looks always. */
@Injectable()
export class WithdrawalCheck implements DispatchCheck {
  constructor(private readonly withdrawals: Withdrawals) {}

  judge(receiver: TwinId, rows: readonly SourcedRow[], state?: InboxState): Promise<Verdicts | undefined> | undefined {
    const suspects = rows.filter((row) => row.channel === receiver && (state === undefined || mayBeWithdrawn(state, row)));
    return suspects.length === 0 ? undefined : this.look(receiver, suspects);
  }

  private async look(receiver: TwinId, suspects: readonly SourcedRow[]): Promise<Verdicts | undefined> {
    const gone = await this.withdrawals.among(
      receiver,
      suspects.map((row) => row.position),
    );
    if (gone.size === 0) return undefined;
    return new Map(suspects.filter((row) => gone.has(row.position)).map((row): [SourcedRow, Verdict] => [row, 'pass']));
  }
}
