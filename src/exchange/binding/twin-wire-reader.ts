import { Injectable } from '@nestjs/common';
import { InboundProtocols, OutboundProtocols } from '../../adaptor/protocol/wire-protocols.js';
import type { TwinWire, TwinWires, WireState } from '../../federation/twin-wires.js';
import type { OwnedTwin } from '../../security/principal.js';
import type { EndpointState } from '../outbound/endpoint-state.js';
import { EndpointRepository } from '../outbound/endpoint.repository.js';
import type { StoredEndpoint } from '../outbound/endpoint.js';
import { BindingRepository } from './binding.repository.js';
import type { StoredBinding } from './binding.js';
import { NotificationAddresses } from './notification-addresses.js';
import { withNotified } from './notified-figures.js';

/** An endpoint in the words of a feed (CSIM): what is tried is CONNECTING, what is left alone DISCONNECTED. */
const STATE_OF_ENDPOINT: Readonly<Record<EndpointState, WireState>> = {
  PENDING_VERIFICATION: 'CONNECTING',
  ACTIVE: 'CONNECTED',
  SUSPENDED: 'DISCONNECTED',
  DISABLED: 'DISCONNECTED',
};

/** The wires of twins: what the broker listens to, and where it delivers. */
@Injectable()
export class TwinWireReader implements TwinWires {
  constructor(
    private readonly bindings: BindingRepository,
    private readonly endpoints: EndpointRepository,
    private readonly addresses: NotificationAddresses,
    private readonly inbound: InboundProtocols,
    private readonly outbound: OutboundProtocols,
  ) {}

  /** Those that its owner configured, by name; where it is delivered to comes last. */
  async of({ id, owner }: OwnedTwin): Promise<TwinWire[]> {
    const [bindings, endpoint, notified] = await Promise.all([
      this.bindings.ofTwin(id),
      this.endpoints.find(id),
      this.addresses.counted(id),
    ]);
    const own = bindings.filter(({ organization }) => organization === owner);
    const wires = own.map((binding) => this.ofBinding(withNotified(binding, notified.get(binding.name))));
    return endpoint?.organization === owner ? [...wires, this.ofEndpoint(endpoint)] : wires;
  }

  private ofBinding({ name, protocol, feature, enabled, state, since, reason, figures, settings }: StoredBinding): TwinWire {
    const { received = 0, latencyMs = 0, errorRate = 0, lastAt } = figures;
    return {
      direction: 'in',
      protocol,
      name,
      ...(feature === null ? {} : { feature }),
      isEnabled: enabled,
      state,
      since,
      ...(reason === null ? {} : { reason }),
      figures: { received, latencyMs, errorRate, ...(lastAt === undefined ? {} : { lastAt }) },
      losses: this.inbound.find(protocol)?.losses(settings) ?? [],
    };
  }

  private ofEndpoint({ protocol, state, changedAt, reason, settings }: StoredEndpoint): TwinWire {
    return {
      direction: 'out',
      protocol,
      isEnabled: state !== 'DISABLED',
      state: STATE_OF_ENDPOINT[state],
      since: changedAt,
      ...(reason === null ? {} : { reason }),
      losses: this.outbound.find(protocol)?.losses(settings) ?? [],
    };
  }
}
