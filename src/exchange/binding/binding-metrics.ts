import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { FeedState } from './feed-state.js';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Figures of inbound bindings, by protocol; none names a binding, so that they stay few. */
@Injectable()
export class BindingMetrics {
  readonly documents = new Counter({
    name: 'twinfed_inbound_documents_total',
    help: 'Documents that wires brought, by protocol and outcome (taken, repeated, refused, later).',
    labelNames: ['protocol', 'outcome'] as const,
    registers: [],
  });
  readonly latency = new Histogram({
    name: 'twinfed_inbound_document_duration_seconds',
    help: 'From when a wire brought a document until it was durable or refused, by protocol.',
    labelNames: ['protocol'] as const,
    buckets: SECONDS,
    registers: [],
  });
  readonly bindings = new Gauge({
    name: 'twinfed_inbound_bindings',
    help: 'Bindings that this broker listens to, by protocol and state.',
    labelNames: ['protocol', 'state'] as const,
    registers: [],
  });

  /** All of them, to be put into a registry. */
  get all(): readonly (Counter | Gauge | Histogram)[] {
    return [this.documents, this.latency, this.bindings];
  }

  /** Shows how many bindings are held. */
  show(held: Iterable<{ protocol: string; state: FeedState }>): void {
    this.bindings.reset();
    for (const { protocol, state } of held) this.bindings.inc({ protocol, state });
  }
}
