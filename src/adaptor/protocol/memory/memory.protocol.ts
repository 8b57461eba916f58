import { DomainError } from '../../../problems/domain-error.js';
import type { WireLoss } from '../inbound-protocol.js';
import type {
  OutboundDelivery,
  OutboundEndpoint,
  OutboundProtocol,
  OutboundSession,
  SendOutcome,
  Verification,
} from '../outbound-protocol.js';

/** What a test lets an endpoint do; without `onSend`, everything is accepted. */
export interface MemoryEndpoint {
  verification: Verification;
  onSend?: (delivery: OutboundDelivery, signal: AbortSignal) => Promise<SendOutcome> | SendOutcome;
  readonly received: OutboundDelivery[];
}

interface MemorySettings {
  readonly name: string;
  readonly maxInFlight: number;
  readonly timeoutMs: number;
}

/** Delivers into arrays of this process. Settings are `{name, maxInFlight?, timeoutMs?}`; what has a name that no test has made is not reached. */
export class MemoryProtocol implements OutboundProtocol {
  readonly name = 'memory';
  private readonly endpoints = new Map<string, MemoryEndpoint>();

  /** A new endpoint that agrees and accepts. */
  endpoint(name: string, behaviour: Partial<MemoryEndpoint> = {}): MemoryEndpoint {
    const endpoint = { verification: { kind: 'agreed' as const }, received: [], ...behaviour };
    this.endpoints.set(name, endpoint);
    return endpoint;
  }

  read(settings: unknown): Readonly<Record<string, unknown>> {
    const { name, maxInFlight = 10, timeoutMs = 10_000 } = (settings ?? {}) as Partial<MemorySettings>;
    if (typeof name !== 'string') {
      const errors = [{ pointer: '/name', detail: 'must be a text' }];
      throw new DomainError('validation-failed', 'The settings are not valid.', { pointer: '/name', errors });
    }
    return { name, maxInFlight, timeoutMs };
  }

  limits(settings: unknown): { maxInFlight: number; timeoutMs: number } {
    return settings as MemorySettings;
  }

  losses(): readonly WireLoss[] {
    return [];
  }

  open({ settings }: OutboundEndpoint): OutboundSession {
    const { name, timeoutMs } = settings as MemorySettings;
    const closing = new AbortController();
    const find = (): MemoryEndpoint | undefined => this.endpoints.get(name);
    return {
      verify: () => Promise.resolve(find()?.verification ?? { kind: 'refused', reason: 'there is no such endpoint' }),
      send: (delivery, signal) => sendTo(find(), delivery, limited(timeoutMs, closing.signal, signal)),
      close: () => {
        closing.abort();
        return Promise.resolve();
      },
    };
  }
}

function limited(timeoutMs: number, ...signals: (AbortSignal | undefined)[]): AbortSignal {
  return AbortSignal.any([AbortSignal.timeout(timeoutMs), ...signals.filter((signal) => signal !== undefined)]);
}

async function sendTo(endpoint: MemoryEndpoint | undefined, delivery: OutboundDelivery, signal: AbortSignal): Promise<SendOutcome> {
  if (endpoint === undefined || signal.aborted) return { kind: 'retry', fault: 'not-taken', reason: 'there is no such endpoint' };
  endpoint.received.push(delivery);
  const late = new Promise<SendOutcome>((resolve) => {
    signal.addEventListener('abort', () => resolve({ kind: 'retry', fault: 'endpoint', reason: 'it did not answer in time' }), {
      once: true,
    });
  });
  return Promise.race([endpoint.onSend?.(delivery, signal) ?? { kind: 'accepted' as const }, late]);
}
