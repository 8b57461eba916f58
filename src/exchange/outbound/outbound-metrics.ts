import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { EndpointState } from './endpoint-state.js';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Figures of outbound deliveries, by protocol; none names an endpoint, so that they stay few. */
@Injectable()
export class OutboundMetrics {
  readonly attempts = new Counter({
    name: 'twinfed_outbound_attempts_total',
    help: 'Deliveries tried, by protocol and outcome (accepted, not-taken, endpoint, message, gone).',
    labelNames: ['protocol', 'outcome'] as const,
    registers: [],
  });
  readonly latency = new Histogram({
    name: 'twinfed_outbound_attempt_duration_seconds',
    help: 'How long a delivery took, by protocol.',
    labelNames: ['protocol'] as const,
    buckets: SECONDS,
    registers: [],
  });
  readonly moves = new Counter({
    name: 'twinfed_outbound_endpoint_moves_total',
    help: 'Changes of the state of endpoints, by protocol and state reached.',
    labelNames: ['protocol', 'state'] as const,
    registers: [],
  });
  readonly endpoints = new Gauge({
    name: 'twinfed_outbound_endpoints',
    help: 'Endpoints that this broker holds, by protocol and state.',
    labelNames: ['protocol', 'state'] as const,
    registers: [],
  });

  /** All of them, to be put into a registry. */
  get all(): readonly (Counter | Gauge | Histogram)[] {
    return [this.attempts, this.latency, this.moves, this.endpoints];
  }

  /** Shows how many endpoints are held. */
  show(held: Iterable<{ protocol: string; state: EndpointState }>): void {
    this.endpoints.reset();
    for (const { protocol, state } of held) this.endpoints.inc({ protocol, state });
  }
}
