import { nextState, type StateTable } from './state-table.js';

/**
 * States of a federation (FM-FE; ours, grade P).
 *
 * - `DRAFT`: created; only its initiator is a member.
 * - `FORMING`: somebody has been invited or has joined, but fewer than two twins are members.
 * - `ACTIVE`: at least two members, all of them registered and renewing their lease.
 * - `DEGRADED`: was ACTIVE; a member is stale, expired, suspended or gone, or only one member is left.
 * - `SUSPENDED`: stopped by its initiator or an operator; its connections are suspended with it.
 * - `DISSOLVING`, `DISSOLVED`: ended. Both are recorded, in one transaction.
 */
export const FEDERATION_STATES = ['DRAFT', 'FORMING', 'ACTIVE', 'DEGRADED', 'SUSPENDED', 'DISSOLVING', 'DISSOLVED'] as const;
export type FederationState = (typeof FEDERATION_STATES)[number];

/** What can happen to a federation. `resume-degraded` is a resumption while not all is well. */
export const FEDERATION_EVENTS = ['form', 'activate', 'degrade', 'suspend', 'resume', 'resume-degraded', 'dissolve', 'finish'] as const;
export type FederationEvent = (typeof FEDERATION_EVENTS)[number];

/** DRAFT → FORMING → ACTIVE ⇄ DEGRADED; ACTIVE or DEGRADED ⇄ SUSPENDED; any open state → DISSOLVING → DISSOLVED. */
export const FEDERATION_TABLE: StateTable<FederationState, FederationEvent> = {
  DRAFT: { form: 'FORMING', dissolve: 'DISSOLVING' },
  FORMING: { activate: 'ACTIVE', dissolve: 'DISSOLVING' },
  ACTIVE: { degrade: 'DEGRADED', suspend: 'SUSPENDED', dissolve: 'DISSOLVING' },
  DEGRADED: { activate: 'ACTIVE', suspend: 'SUSPENDED', dissolve: 'DISSOLVING' },
  SUSPENDED: { resume: 'ACTIVE', 'resume-degraded': 'DEGRADED', dissolve: 'DISSOLVING' },
  DISSOLVING: { finish: 'DISSOLVED' },
  DISSOLVED: {},
};

/** What the state of a federation follows from, besides what people ask of it. */
export interface FederationFacts {
  /** Members in state JOINED. */
  joined: number;
  /** Members and twins that were asked or are asking: JOINED, INVITED or REQUESTED, the initiator included. */
  involved: number;
  /** Whether the initiator is JOINED and every JOINED member's registration is ACTIVE. */
  allWell: boolean;
}

/** The least number of JOINED members of an active federation. */
export const LEAST_MEMBERS = 2;

/** Whether a federation with these facts would be ACTIVE rather than DEGRADED. */
export function isHealthy(facts: FederationFacts): boolean {
  return facts.joined >= LEAST_MEMBERS && facts.allWell;
}

/** The next event that the facts alone bring about, if any. */
function dueEvent(state: FederationState, facts: FederationFacts): FederationEvent | undefined {
  switch (state) {
    case 'DRAFT':
      return facts.involved > 1 ? 'form' : undefined;
    case 'FORMING':
      return facts.joined >= LEAST_MEMBERS ? 'activate' : undefined;
    case 'ACTIVE':
      return isHealthy(facts) ? undefined : 'degrade';
    case 'DEGRADED':
      return isHealthy(facts) ? 'activate' : undefined;
    case 'SUSPENDED':
    case 'DISSOLVING':
    case 'DISSOLVED':
      return undefined;
  }
}

/** The states that a federation passes through, in order, until it agrees with the facts; empty when it does already. Pure. */
export function followFacts(id: string, state: FederationState, facts: FederationFacts): FederationState[] {
  const passed: FederationState[] = [];
  let current = state;
  for (let event = dueEvent(current, facts); event !== undefined; event = dueEvent(current, facts)) {
    current = nextFederationState(id, current, event);
    passed.push(current);
  }
  return passed;
}

/** @throws DomainError `state-conflict` */
export function nextFederationState(id: string, from: FederationState, event: FederationEvent): FederationState {
  return nextState(FEDERATION_TABLE, `The federation ${id}`, from, event);
}

/** Whether the federation still exists: neither ended nor ending. */
export function isOpenFederation(state: FederationState): boolean {
  return state !== 'DISSOLVING' && state !== 'DISSOLVED';
}

/** Whether members may connect and use their connections. */
export function isWorkingFederation(state: FederationState): boolean {
  return state === 'ACTIVE' || state === 'DEGRADED';
}
