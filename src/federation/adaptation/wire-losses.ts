import type { AdaptationFlow, AdaptationLoss, AdaptationPlan, PlannedFeature } from '../../adaptor/plan/adaptation-plan.js';
import type { TwinWire } from '../twin-wires.js';

/** The wires of the two sides of a connection, by twin. */
export type WiresOfSides = ReadonlyMap<string, readonly TwinWire[]>;

/**
 * The plan with what the wires of both sides cannot promise, named in each flow that may come or go over them: possible duplicates, order, gaps. A feature
 * whose payloads pass unchanged gets flows without steps for that. Pure.
 */
export function withWireLosses(plan: AdaptationPlan, wires: WiresOfSides): AdaptationPlan {
  return { ...plan, features: plan.features.map((feature) => withLosses(feature, wires)) };
}

function withLosses(feature: PlannedFeature, wires: WiresOfSides): PlannedFeature {
  const { twin, peer, kind, flows = [] } = feature;
  const purposes = kind === 'data' ? (['data'] as const) : (['input', 'output'] as const);
  const named = purposes.flatMap((purpose): AdaptationFlow[] => {
    const [from, to] = purpose === 'input' ? [peer, twin] : [twin, peer];
    const planned = flows.find((flow) => flow.purpose === purpose);
    const losses = [...lossesOf(from, 'in', feature, wires), ...lossesOf(to, 'out', feature, wires)];
    if (losses.length === 0) return planned === undefined ? [] : [planned];
    const flow = planned ?? { purpose, from, to, steps: [], losses: [] };
    return [{ ...flow, losses: [...flow.losses, ...losses] }];
  });
  return named.length === 0 ? feature : { ...feature, flows: named };
}

/** In the order of the wires, each once. */
function lossesOf(twin: string, direction: TwinWire['direction'], { name, kind }: PlannedFeature, wires: WiresOfSides): AdaptationLoss[] {
  const losses = new Map<string, AdaptationLoss>();
  for (const wire of wires.get(twin) ?? []) {
    // Values of one feature come by NOTIFY, for those who receive that feature.
    const carries = wire.feature === undefined || (kind === 'data' && wire.feature === name);
    if (!wire.isEnabled || wire.direction !== direction || !carries) continue;
    for (const { kind: loss, detail } of wire.losses) {
      const words = `${direction === 'in' ? 'From' : 'To'} ${twin} by ${wire.protocol}: ${detail}.`;
      losses.set(`${loss} ${words}`, { kind: loss, detail: words });
    }
  }
  return [...losses.values()];
}
