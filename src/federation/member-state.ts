import { nextState, type StateTable } from './state-table.js';

/**
 * States of a twin in a federation (ours, grade P).
 *
 * - `INVITED`: the initiator has asked it. `REQUESTED`: it has asked the initiator (listed federations).
 * - `JOINED`: a member.
 * - `LEFT`: went by itself, withdrew its request, or was deregistered.
 * - `DECLINED`: refused the invitation, or was refused by the initiator.
 * - `REMOVED`: taken out by the initiator, or its invitation was withdrawn.
 */
export const MEMBER_STATES = ['INVITED', 'REQUESTED', 'JOINED', 'LEFT', 'DECLINED', 'REMOVED'] as const;
export type MemberState = (typeof MEMBER_STATES)[number];

/**
 * What can happen to a membership. `found` makes the initiator a member, `invite`, `admit`, `refuse` and `remove` are the initiator's;
 * `request`, `join`, `decline`, `withdraw` and `leave` the twin's; `deregister` follows from its registration.
 */
export const MEMBER_EVENTS = [
  'found',
  'invite',
  'request',
  'join',
  'admit',
  'decline',
  'refuse',
  'withdraw',
  'leave',
  'remove',
  'deregister',
] as const;
export type MemberEvent = (typeof MEMBER_EVENTS)[number];

/** A twin that has been outside may be asked, or ask, again. The initiator comes back without being asked. */
const OUTSIDE = { found: 'JOINED', invite: 'INVITED', request: 'REQUESTED' } as const;

/** The table; `NONE` is a twin the federation has never heard of. An invitation that meets a request, or the reverse, makes a member. */
export const MEMBER_TABLE: StateTable<MemberState | 'NONE', MemberEvent> = {
  NONE: OUTSIDE,
  INVITED: { join: 'JOINED', decline: 'DECLINED', remove: 'REMOVED', deregister: 'LEFT' },
  REQUESTED: { invite: 'JOINED', admit: 'JOINED', refuse: 'DECLINED', withdraw: 'LEFT', deregister: 'LEFT' },
  JOINED: { leave: 'LEFT', remove: 'REMOVED', deregister: 'LEFT' },
  LEFT: OUTSIDE,
  DECLINED: OUTSIDE,
  REMOVED: OUTSIDE,
};

/** @throws DomainError `state-conflict` */
export function nextMemberState(twin: string, from: MemberState | 'NONE', event: MemberEvent): MemberState {
  return nextState(MEMBER_TABLE, `The membership of ${twin}`, from, event) as MemberState;
}

/** Whether the twin takes part or may come to: its organization sees the federation. */
export function isInvolved(state: MemberState): boolean {
  return state === 'INVITED' || state === 'REQUESTED' || state === 'JOINED';
}
