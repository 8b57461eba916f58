import type { TwinId } from '../../kernel/ids.js';
import { type EndpointEvent, type EndpointState, nextEndpointState } from './endpoint-state.js';

/** An inbox that the broker delivers by itself. */
export interface StoredEndpoint {
  readonly receiver: TwinId;
  /** Who configured it. */
  readonly organization: string;
  readonly protocol: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly state: EndpointState;
  /** Names this configuration. */
  readonly revision: string;
  readonly slot: number;
  /** Handshakes refused, or how often in a row the circuit opened. */
  readonly failures: number;
  readonly reason: string | null;
  /** When the next handshake or probe is due: epoch milliseconds by the database's clock. */
  readonly retryAt: number | null;
  readonly changedAt: Date;
}

/** What an event leaves behind beside the state. */
export interface Observation {
  readonly event: EndpointEvent;
  readonly failures: number;
  /** Until the next handshake or probe, in milliseconds. */
  readonly retryMs?: number;
  readonly reason?: string;
  /** Of the slot, when whoever moves the state must hold it. */
  readonly fence?: number;
}

/** The endpoint as it will be once the table says so too; undefined when the event cannot happen in its state. */
export function foreseen(
  endpoint: StoredEndpoint,
  { event, failures, retryMs, reason }: Observation,
  now: number,
): StoredEndpoint | undefined {
  const state = nextEndpointState(endpoint.state, event);
  if (state === undefined) return undefined;
  return { ...endpoint, state, failures, retryAt: retryMs === undefined ? null : now + retryMs, reason: reason ?? null };
}
