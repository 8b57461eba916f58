import { DomainError } from '../../problems/domain-error.js';

/**
 * How an inbox takes and hands out. `OPEN`: both. `PAUSED`: nothing is handed out, what comes waits. `DRAINING`: nothing more is accepted, what waits is
 * handed out.
 */
export const INBOX_MODES = ['OPEN', 'PAUSED', 'DRAINING'] as const;
export type InboxMode = (typeof INBOX_MODES)[number];

/** What an owner does to the mode of an inbox. */
export type InboxModeEvent = 'pause' | 'resume' | 'drain';

/** Every transition. What is in the mode already stays there. */
export const INBOX_MODE_TABLE = {
  OPEN: { pause: 'PAUSED', drain: 'DRAINING' },
  PAUSED: { resume: 'OPEN', drain: 'DRAINING' },
  DRAINING: { resume: 'OPEN', pause: 'PAUSED' },
} as const satisfies Record<InboxMode, Partial<Record<InboxModeEvent, InboxMode>>>;

const TARGETS = { pause: 'PAUSED', resume: 'OPEN', drain: 'DRAINING' } as const satisfies Record<InboxModeEvent, InboxMode>;

/** The mode after the event; the same when it is there already. */
export function modeAfter(mode: InboxMode, event: InboxModeEvent): InboxMode {
  const events: Partial<Record<InboxModeEvent, InboxMode>> = INBOX_MODE_TABLE[mode];
  return events[event] ?? TARGETS[event];
}

/** The refusal of a message to an inbox that takes no more. */
export function draining(receiver: string): DomainError {
  return new DomainError('inbox-draining', `${receiver} takes no new messages: its owner drains its inbox.`, {
    pointer: '/header/receiver/id',
  });
}
