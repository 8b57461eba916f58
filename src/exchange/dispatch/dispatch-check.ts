import type { TwinId } from '../../kernel/ids.js';
import type { AdaptationFailure } from '../adaptation/adapted-message.js';
import type { SourcedRow } from '../inbox/delivery.js';
import type { Verdict as InboxVerdict } from '../inbox/claim.js';
import type { InboxState } from '../inbox/inbox-state.js';

/** What is to be done with a message whose turn it is; `bury`: it can never be delivered, for this reason. */
export type Verdict = InboxVerdict | { bury: string; adaptation?: AdaptationFailure };

/** Verdicts on some of the rows asked about; a row without one is delivered. */
export type Verdicts = ReadonlyMap<SourcedRow, Verdict>;

/** One reason not to deliver a message now. Changes nothing, and may be asked several times about one row. */
export interface DispatchCheck {
  /** Judges the rows that concern it; undefined when none does. `rows` of one source are in order; `state` is the inbox's, where the caller knows it. */
  judge(receiver: TwinId, rows: readonly SourcedRow[], state?: InboxState): Promise<Verdicts | undefined> | Verdicts | undefined;
}
