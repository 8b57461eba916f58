import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { Database } from '../database/database.js';
import { BindingMetrics } from '../exchange/binding/binding-metrics.js';
import { InboxFigures } from '../exchange/control/inbox-figures.js';
import { LogMetrics } from '../exchange/log/log-metrics.js';
import { OutboundMetrics } from '../exchange/outbound/outbound-metrics.js';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** The broker's own measurements, in a registry of their own, so that several brokers fit into one process (tests). */
@Injectable()
export class Metrics implements OnApplicationShutdown {
  readonly registry = new Registry();
  private readonly requests = new Histogram({
    name: 'twinfed_http_request_duration_seconds',
    help: 'Duration of HTTP requests by method, route template and status.',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: SECONDS,
    registers: [this.registry],
  });

  constructor(database: Database, log: LogMetrics, outbound: OutboundMetrics, inbound: BindingMetrics, inboxes: InboxFigures) {
    collectDefaultMetrics({ register: this.registry });
    for (const metric of [...log.all, ...outbound.all, ...inbound.all, ...inboxes.all]) this.registry.registerMetric(metric);
    const pools = { general: database.pool, messages: database.hot };
    new Gauge({
      name: 'twinfed_database_connections',
      help: 'Connections of each pool: in use, idle, and requests waiting for one.',
      labelNames: ['pool', 'state'] as const,
      registers: [this.registry],
      collect() {
        for (const [name, pool] of Object.entries(pools)) {
          this.set({ pool: name, state: 'used' }, pool.totalCount - pool.idleCount);
          this.set({ pool: name, state: 'idle' }, pool.idleCount);
          this.set({ pool: name, state: 'waiting' }, pool.waitingCount);
        }
      },
    });
  }

  /** Counts one finished request. `route` is the template, or undefined where none matched: labels stay few whatever is asked for. */
  observeRequest(method: string, route: string | undefined, status: number, seconds: number): void {
    this.requests.observe({ method, route: route ?? 'unmatched', status: String(status) }, seconds);
  }

  onApplicationShutdown(): void {
    this.registry.clear();
  }
}
