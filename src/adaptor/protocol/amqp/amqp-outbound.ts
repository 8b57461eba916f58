import type { OutboundGuard } from '../../../security/outbound/outbound-guard.js';
import type { WireLoss } from '../inbound-protocol.js';
import type { OutboundEndpoint, OutboundProtocol, OutboundSession } from '../outbound-protocol.js';
import { SettingsReader } from '../settings-reader.js';
import { orderBetween } from '../wire/delivery-properties.js';
import { AmqpOutboundSession } from './amqp-outbound-session.js';
import { AMQP_OUTBOUND, type AmqpEndpointSettings, faultsOfAmqpEndpoint } from './amqp-settings.js';

/** Deliveries published to an AMQP server, each confirmed by it. */
export class AmqpOutbound implements OutboundProtocol {
  readonly name = 'amqp';
  readonly credentials = Object.keys(AMQP_OUTBOUND.credentials);
  private readonly reader: SettingsReader<AmqpEndpointSettings>;

  constructor(private readonly guard: OutboundGuard) {
    const further = (settings: AmqpEndpointSettings) => faultsOfAmqpEndpoint(settings, (address) => guard.permits(address));
    this.reader = new SettingsReader('the AMQP endpoint', AMQP_OUTBOUND.settings, further);
  }

  read(settings: unknown): Readonly<Record<string, unknown>> {
    return { ...this.reader.read(settings) };
  }

  limits(settings: unknown): { maxInFlight: number; timeoutMs: number } {
    const { maxInFlight, timeoutMs } = settings as AmqpEndpointSettings;
    return { maxInFlight, timeoutMs };
  }

  /** Nothing comes twice unknown, as headers name it, and nothing is lost: it is persistent, confirmed, and comes back when no queue takes it. */
  losses(settings: unknown): readonly WireLoss[] {
    return orderBetween((settings as AmqpEndpointSettings).routingKey, 'routing keys');
  }

  open({ settings, keys, credentials = {} }: OutboundEndpoint): OutboundSession {
    return new AmqpOutboundSession(this.guard, settings as AmqpEndpointSettings, keys, credentials);
  }
}
