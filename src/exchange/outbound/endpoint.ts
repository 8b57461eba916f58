import type { TwinId } from '../../kernel/ids.js';
import { type EndpointEvent, type EndpointState, nextEndpointState } from './endpoint-state.js';

/**
 * How much was delivered to an endpoint, and how well. Counted since the endpoint was made; a broker that is killed, and a change of the configuration,
 * forget the last second.
 */
export interface DeliveryFigures {
  /** Attempts that ended: each time a message was handed to the protocol, pings and handshakes not counted. */
  readonly attempts: number;
  /** Of these, how many the far end acknowledged, */
  readonly delivered: number;
  /** or did not, whoever's fault it was. */
  readonly failed: number;
  /** RFC 3339; when the last ended. */
  readonly lastAt?: string;
  /**
   * From when a message was handed to the protocol until the far end acknowledged it, in milliseconds, of attempts that it acknowledged; what the message
   * waited in the inbox before is not in it. A mean in which the last ones weigh most, as that of feeds that come in.
   */
  readonly latencyMs: number;
  /** Share of attempts that failed, 0 to 1: a mean of the same kind. */
  readonly errorRate: number;
}

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
  /** As far as written; empty as long as nothing was tried. */
  readonly figures: Partial<DeliveryFigures>;
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
