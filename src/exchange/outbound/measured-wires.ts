import { Injectable } from '@nestjs/common';
import type { TwinWire, TwinWires, WireFigures } from '../../federation/twin-wires.js';
import type { OwnedTwin } from '../../security/principal.js';
import { EndpointRepository } from './endpoint.repository.js';
import type { DeliveryFigures } from './endpoint.js';

/** Adds to the wires of twins how deliveries over them go. */
@Injectable()
export class MeasuredWires {
  constructor(private readonly endpoints: EndpointRepository) {}

  /** The same wires, with the figures of those that go out. */
  over(wires: TwinWires): TwinWires {
    return { of: async (twin) => this.measured(twin, await wires.of(twin)) };
  }

  private async measured({ id, owner }: OwnedTwin, wires: readonly TwinWire[]): Promise<readonly TwinWire[]> {
    if (!wires.some(({ direction }) => direction === 'out')) return wires;
    const endpoint = await this.endpoints.find(id);
    if (endpoint?.organization !== owner) return wires;
    const figures = wireFigures(endpoint.figures);
    return wires.map((wire) => (wire.direction === 'out' ? { ...wire, figures } : wire));
  }
}

function wireFigures({ delivered = 0, latencyMs = 0, errorRate = 0, lastAt }: Partial<DeliveryFigures>): WireFigures {
  return { delivered, latencyMs, errorRate, ...(lastAt === undefined ? {} : { lastAt }) };
}
