/** States of an endpoint. In `PENDING_VERIFICATION` and `DISABLED` nothing is delivered; in `SUSPENDED` the circuit is open: one message at a time tries. */
export const ENDPOINT_STATES = ['PENDING_VERIFICATION', 'ACTIVE', 'SUSPENDED', 'DISABLED'] as const;
export type EndpointState = (typeof ENDPOINT_STATES)[number];

/** What can happen to an endpoint. */
export type EndpointEvent = 'verify' | 'refuse' | 'give-up' | 'trip' | 'recover' | 'disable' | 'change';

/** The one table of what leads where. */
export const ENDPOINT_TABLE = {
  PENDING_VERIFICATION: { verify: 'ACTIVE', refuse: 'PENDING_VERIFICATION', 'give-up': 'DISABLED', change: 'PENDING_VERIFICATION' },
  ACTIVE: { trip: 'SUSPENDED', disable: 'DISABLED', change: 'PENDING_VERIFICATION' },
  SUSPENDED: { trip: 'SUSPENDED', recover: 'ACTIVE', disable: 'DISABLED', change: 'PENDING_VERIFICATION' },
  DISABLED: { change: 'PENDING_VERIFICATION' },
} as const satisfies Readonly<Record<EndpointState, Readonly<Partial<Record<EndpointEvent, EndpointState>>>>>;

/** Where an event leads; undefined when it cannot happen in this state. */
export function nextEndpointState(state: EndpointState, event: EndpointEvent): EndpointState | undefined {
  const moves: Readonly<Partial<Record<EndpointEvent, EndpointState>>> = ENDPOINT_TABLE[state];
  return moves[event];
}
