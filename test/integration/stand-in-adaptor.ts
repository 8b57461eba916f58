import { Adaptor } from '../../src/adaptor/adaptor.js';
import type { AdaptationFlow, AdaptationPlan, AdaptationProfile, AdaptationStep } from '../../src/adaptor/plan/adaptation-plan.js';
import { type CompiledFlow, StepFailed } from '../../src/adaptor/plan/compiled-flow.js';
import type { TwinId } from '../../src/kernel/ids.js';
import type { TestBroker } from './exchange-fixture.js';

/** Steps whose behaviour a test controls: `add` a number to `n`; `hang` until released, or refuse, by what `n` is. */
export interface StandIn {
  /** Added to `n` of data by plans made from now on; 0 plans the identity. */
  add: number;
  /** Values of `n` whose adaptation does not end before they are removed from here. */
  readonly hanging: Set<number>;
}

/** Puts an adaptor in the place of the broker's whose plans add to the number that `flow` holds, and whose steps fail for negative ones. */
export function standIn(broker: TestBroker, control: StandIn): void {
  const plan = (
    requester: AdaptationProfile,
    responder: AdaptationProfile,
    features: readonly { twin: TwinId; name: string }[],
  ): AdaptationPlan => ({
    version: 1,
    features: features.map(({ twin, name }) => {
      const peer = twin === requester.twin ? responder.twin : requester.twin;
      const kind = name === 'flow' ? ('data' as const) : ('function' as const);
      const flow = (purpose: AdaptationFlow['purpose'], from: TwinId, to: TwinId): AdaptationFlow => ({
        purpose,
        from,
        to,
        steps: control.add === 0 ? [] : stepsOf(purpose, control.add),
        losses: [],
      });
      const flows = kind === 'data' ? [flow('data', twin, peer)] : [flow('input', peer, twin), flow('output', twin, peer)];
      return { twin, peer, kind, name, version: '1.0.0', flows };
    }),
  });
  const compile = (flow: AdaptationFlow): CompiledFlow => ({
    flow,
    isIdentity: flow.steps.length === 0,
    run: (text) => run(flow, text, control),
  });
  Object.assign(broker.get(Adaptor), { plan, compile });
}

function stepsOf(purpose: AdaptationFlow['purpose'], by: number): AdaptationStep[] {
  return [{ id: `${purpose === 'data' ? 'add' : 'mark'}-1`, name: 'stand-in', parameters: { by } }];
}

function run({ purpose, steps }: AdaptationFlow, text: string, { hanging }: StandIn): string | Promise<string> {
  const value = JSON.parse(text) as { n?: number; road?: string; closed?: boolean };
  if (purpose === 'input') {
    if (value.road === 'unknown') throw new StepFailed('mark-1', 'there is no such road', '/road', text);
    return JSON.stringify({ ...value, road: `road ${value.road ?? ''}` });
  }
  if (purpose === 'output') {
    if (value.closed !== true) throw new StepFailed('mark-1', 'closed is what it must be', '/closed', text);
    return JSON.stringify({ shut: true });
  }
  const n = value.n ?? 0;
  if (n < 0) throw new StepFailed('add-1', 'must not be negative', '/n', text);
  const adapted = JSON.stringify({ n: n + Number(steps[0]?.parameters['by'] ?? 0) });
  if (!hanging.has(n)) return adapted;
  return new Promise((resolve) => {
    const look = setInterval(() => {
      if (hanging.has(n)) return;
      clearInterval(look);
      resolve(adapted);
    }, 5);
  });
}
