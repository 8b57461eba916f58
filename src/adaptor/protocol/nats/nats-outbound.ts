import type { OutboundGuard } from '../../../security/outbound/outbound-guard.js';
import type { WireLoss } from '../inbound-protocol.js';
import type { OutboundEndpoint, OutboundProtocol, OutboundSession } from '../outbound-protocol.js';
import { SettingsReader } from '../settings-reader.js';
import { orderBetween } from '../wire/delivery-properties.js';
import { NatsOutboundSession } from './nats-outbound-session.js';
import { faultsOfNatsEndpoint, NATS_OUTBOUND, type NatsEndpointSettings } from './nats-settings.js';

/** Deliveries published to NATS. */
export class NatsOutbound implements OutboundProtocol {
  readonly name = 'nats';
  readonly credentials = Object.keys(NATS_OUTBOUND.credentials);
  private readonly reader: SettingsReader<NatsEndpointSettings>;

  constructor(private readonly guard: OutboundGuard) {
    const further = (settings: NatsEndpointSettings) => faultsOfNatsEndpoint(settings, (address) => guard.permits(address));
    this.reader = new SettingsReader('the NATS endpoint', NATS_OUTBOUND.settings, further);
  }

  read(settings: unknown): Readonly<Record<string, unknown>> {
    return { ...this.reader.read(settings) };
  }

  limits(settings: unknown): { maxInFlight: number; timeoutMs: number } {
    const { maxInFlight, timeoutMs } = settings as NatsEndpointSettings;
    return { maxInFlight, timeoutMs };
  }

  losses(settings: unknown): readonly WireLoss[] {
    const { jetStream, subject } = settings as NatsEndpointSettings;
    if (!jetStream) return [{ kind: 'gaps-possible', detail: 'without JetStream, what is sent while nobody listens is lost' }];
    // Subjects may be taken by several streams; without, each listener has one connection, which keeps the order of whatever it hears.
    return orderBetween(subject, 'subjects');
  }

  open({ settings, keys, credentials = {} }: OutboundEndpoint): OutboundSession {
    return new NatsOutboundSession(this.guard, settings as NatsEndpointSettings, keys, credentials);
  }
}
