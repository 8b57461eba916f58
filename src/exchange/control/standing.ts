import { comparePositions, type Position } from '../log/log-row.js';
import type { InboxState } from '../inbox/inbox-state.js';

/**
 * Where a message of an inbox stands: `unclaimed`, nobody has had it in hands; `claimed`, somebody has it, or had it and gave it back; `over`, it is
 * settled, or was passed.
 */
export type Standing = 'unclaimed' | 'claimed' | 'over';

/** Where a message stands by the state of its inbox. What the state cannot know (its time, its answer, a withdrawal) it does not tell. */
export function standingOf(state: InboxState, message: { source: string; position: Position; key: string }): Standing {
  const { source, position, key } = message;
  const isLeased = state.leases.some((lease) => lease.runs.some((run) => run.source === source && run.positions.includes(position)));
  const held = state.held.find((each) => each.source === source && each.key === key);
  if (isLeased || held?.retry.includes(position) === true) return 'claimed';
  const reached = state.cursors[source];
  if (reached === undefined || comparePositions(position, reached) > 0) return 'unclaimed';
  return held?.rest !== undefined && comparePositions(position, held.rest) >= 0 ? 'unclaimed' : 'over';
}

/** Whether messages of this place may have been taken back; where not, nobody need look. */
export function mayBeWithdrawn(state: InboxState, message: { source: string; position: Position }): boolean {
  const last = state.withdrawn?.[message.source];
  return last !== undefined && comparePositions(message.position, last) <= 0;
}

/** The state with the mark that these messages of its own lanes are taken back. */
export function markWithdrawn(state: InboxState, places: readonly { source: string; position: Position }[]): InboxState {
  const withdrawn = { ...state.withdrawn };
  for (const { source, position } of places) {
    const last = withdrawn[source];
    if (last === undefined || comparePositions(position, last) > 0) withdrawn[source] = position;
  }
  return { ...state, withdrawn };
}
