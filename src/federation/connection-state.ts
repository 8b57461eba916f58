import { nextState, type StateTable } from './state-table.js';

/**
 * States of a connection (FC-FE, CSIM-FE; ours, grade P).
 *
 * - `REQUESTED`: the responder has been asked; runs out at `expiresAt`.
 * - `NEGOTIATING`: accepted, the adaptation plan is being made. Today this passes within one transaction.
 * - `CONNECTED`: usable.
 * - `SUSPENDED`: stopped, because one of the twins or the federation is suspended; comes back by itself.
 * - `LOST`: one of the twins has let its registration expire, or is known to be away; comes back when it renews, or is heard of.
 * - `REJECTED`, `EXPIRED`, `RELEASED`: ended; the id may be requested again.
 */
export const CONNECTION_STATES = ['REQUESTED', 'NEGOTIATING', 'CONNECTED', 'SUSPENDED', 'LOST', 'REJECTED', 'EXPIRED', 'RELEASED'] as const;
export type ConnectionState = (typeof CONNECTION_STATES)[number];

/** What can happen to a connection. */
export const CONNECTION_EVENTS = ['accept', 'connect', 'reject', 'expire', 'suspend', 'lose', 'restore', 'release'] as const;
export type ConnectionEvent = (typeof CONNECTION_EVENTS)[number];

/** REQUESTED → NEGOTIATING → CONNECTED ⇄ SUSPENDED | LOST; REQUESTED or NEGOTIATING → REJECTED | EXPIRED; any open state → RELEASED. */
export const CONNECTION_TABLE: StateTable<ConnectionState, ConnectionEvent> = {
  REQUESTED: { accept: 'NEGOTIATING', reject: 'REJECTED', expire: 'EXPIRED', release: 'RELEASED' },
  NEGOTIATING: { connect: 'CONNECTED', reject: 'REJECTED', expire: 'EXPIRED', release: 'RELEASED' },
  CONNECTED: { suspend: 'SUSPENDED', lose: 'LOST', release: 'RELEASED' },
  SUSPENDED: { restore: 'CONNECTED', release: 'RELEASED' },
  LOST: { restore: 'CONNECTED', release: 'RELEASED' },
  REJECTED: {},
  EXPIRED: {},
  RELEASED: {},
};

/** The states in which a connection is over. */
export const ENDED_CONNECTION_STATES = ['REJECTED', 'EXPIRED', 'RELEASED'] as const satisfies readonly ConnectionState[];

/** Whether the connection is not over. */
export function isOpenConnection(state: ConnectionState): boolean {
  return !(ENDED_CONNECTION_STATES as readonly ConnectionState[]).includes(state);
}

/** Whether it has been accepted and not ended: CONNECTED, SUSPENDED or LOST. */
export function isEstablished(state: ConnectionState): boolean {
  return state === 'CONNECTED' || state === 'SUSPENDED' || state === 'LOST';
}

/** What an established connection is, given the facts. */
export type EstablishedState = 'CONNECTED' | 'SUSPENDED' | 'LOST';

/** What happens to an established connection on its way to `to`, through CONNECTED where the table asks for it. */
function towards(from: ConnectionState, to: EstablishedState): ConnectionEvent | undefined {
  if (!isEstablished(from) || from === to) return undefined;
  if (from !== 'CONNECTED') return 'restore';
  return to === 'LOST' ? 'lose' : 'suspend';
}

/** The states an established connection passes through, in order, until it is in `to`; empty for one not established. Pure. */
export function followTo(id: string, state: ConnectionState, to: EstablishedState): ConnectionState[] {
  const passed: ConnectionState[] = [];
  let current = state;
  for (let event = towards(current, to); event !== undefined; event = towards(current, to)) {
    current = nextConnectionState(id, current, event);
    passed.push(current);
  }
  return passed;
}

/** @throws DomainError `state-conflict` */
export function nextConnectionState(id: string, from: ConnectionState, event: ConnectionEvent): ConnectionState {
  return nextState(CONNECTION_TABLE, `The connection ${id}`, from, event);
}
