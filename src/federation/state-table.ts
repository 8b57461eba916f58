import { DomainError } from '../problems/domain-error.js';

/** What each state answers to: event → next state. An event that a state does not list is illegal there. */
export type StateTable<State extends string, Event extends string> = Readonly<Record<State, Readonly<Partial<Record<Event, State>>>>>;

/** The events a state answers to, in the order of its table. */
export function allowedEvents<State extends string, Event extends string>(table: StateTable<State, Event>, from: State): Event[] {
  return Object.keys(table[from]) as Event[];
}

/**
 * The state that follows `from` upon `event`. Pure.
 * @param thing what has the state, for the sentence shown to the caller, e.g. `The federation urn:example:federation:fire-response`
 * @throws DomainError `state-conflict` with the extensions `from`, `event` and `allowed`
 */
export function nextState<State extends string, Event extends string>(
  table: StateTable<State, Event>,
  thing: string,
  from: State,
  event: Event,
): State {
  const next = table[from][event];
  if (next !== undefined) return next;
  const allowed = allowedEvents(table, from);
  const possible = allowed.length === 0 ? 'nothing more can happen to it' : `possible here: ${allowed.join(', ')}`;
  throw new DomainError('state-conflict', `${thing} is ${from}, which does not allow ${event}; ${possible}.`, {
    extensions: { from, event, allowed },
  });
}
