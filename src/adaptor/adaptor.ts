import { Injectable } from '@nestjs/common';
import type { TwinId } from '../kernel/ids.js';
import { DomainError } from '../problems/domain-error.js';
import { PayloadFormats } from './format/payload-formats.js';
import type { AdaptationFlow, AdaptationPlan, AdaptationProfile, PlannedFeature } from './plan/adaptation-plan.js';
import type { CompiledFlow } from './plan/compiled-flow.js';
import { FlowRunner, type FlowTrace } from './plan/flow-runner.js';
import type { PlanTerms } from './plan/plan-terms.js';
import { SemanticSteps } from './semantic/semantic-steps.js';

/** AP-FE, the adaptation process: what becomes of the payloads between two twins. */
@Injectable()
export class Adaptor {
  private readonly steps = new SemanticSteps();
  private readonly formats = new PayloadFormats();
  private readonly runner = new FlowRunner(this.steps, this.formats);

  /**
   * The first plan of a connection for these features, each offered by one of the two sides.
   * @throws DomainError `adaptation-unsupported` when a feature is in neither profile
   */
  plan(
    requester: AdaptationProfile,
    responder: AdaptationProfile,
    features: readonly { readonly twin: TwinId; readonly name: string }[],
    _terms: PlanTerms = {},
  ): Promise<AdaptationPlan> {
    return Promise.resolve().then(() => ({
      version: 1,
      features: features.map(({ twin, name }) =>
        planned(twin === requester.twin ? [requester, responder] : [responder, requester], twin, name),
      ),
    }));
  }

  /**
   * A flow made ready to run, once per connection and plan version.
   * @throws DomainError `adaptation-unsupported` for a step or format that this broker does not know, `validation-failed` for parameters it cannot use
   */
  compile(flow: AdaptationFlow): CompiledFlow {
    return this.runner.compile(flow);
  }

  /** Every payload on the way of one, as JSON text; for people, not for the message path. @throws DomainError as {@link compile} */
  trace(flow: AdaptationFlow, text: string): Promise<FlowTrace> {
    return this.runner.trace(flow, text);
  }
}

function planned([offering, using]: [AdaptationProfile, AdaptationProfile], twin: TwinId, name: string): PlannedFeature {
  const feature = offering.twin === twin ? offering.features.find((candidate) => candidate.name === name) : undefined;
  if (feature === undefined) throw new DomainError('adaptation-unsupported', `${twin} offers no feature ${name} on this connection.`);
  return { twin, peer: using.twin, kind: feature.kind, name, version: feature.version };
}
