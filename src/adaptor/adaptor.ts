import { Injectable } from '@nestjs/common';
import { SchemaRefused } from '../dictionary/json-schema/schema-refused.js';
import { FeatureSchemas } from '../dictionary/shared-schema/feature-schemas.js';
import { TermDirectory } from '../dictionary/term/term-directory.js';
import type { OrganizationId, TwinId } from '../kernel/ids.js';
import { PayloadFormats } from './format/payload-formats.js';
import type { AdaptationFlow, AdaptationPlan, AdaptationProfile, FormSchema, ValueForm } from './plan/adaptation-plan.js';
import type { CompiledFlow } from './plan/compiled-flow.js';
import { planConnection } from './plan/connection-plan.js';
import { type CheckValue, FlowRunner, type FlowTrace } from './plan/flow-runner.js';
import { inverseFlow } from './plan/inverse-flow.js';
import type { PlanTerms, StepOverride } from './plan/plan-terms.js';
import type { KnownReferences } from './plan/schema-reader.js';
import type { ReferenceSource } from './plan/schema-readers.js';
import { applyOverrides } from './plan/step-overrides.js';
import { SemanticSteps } from './semantic/semantic-steps.js';

/** Shared schemas of nobody in particular: those that are public. */
const NOBODY = '' as OrganizationId;

/** AP-FE, the adaptation process (Y.4489; the content is ours, grade P): plans what becomes of the payloads between two twins, and runs it. */
@Injectable()
export class Adaptor {
  private readonly steps = new SemanticSteps();
  private readonly formats = new PayloadFormats();
  private readonly runner = new FlowRunner(this.steps, this.formats);

  private readonly sources: ReferenceSource = { references: (owner, schema) => this.references(owner, schema) };

  constructor(
    private readonly terms: TermDirectory,
    private readonly schemas: FeatureSchemas,
  ) {}

  /**
   * The first plan of a connection for these features, each offered by one of the two sides. The same profiles, answers and dictionary give the same plan.
   * @throws DomainError `adaptation-unsupported` when a feature is in neither profile or the sides differ in what nothing converts, `semantic-unresolved` when
   *   somebody has to say what is meant; both name the step and the nearest candidates; `validation-failed` for answers that cannot be used
   */
  plan(
    requester: AdaptationProfile,
    responder: AdaptationProfile,
    features: readonly { readonly twin: TwinId; readonly name: string }[],
    answers: PlanTerms = {},
  ): Promise<AdaptationPlan> {
    return planConnection(
      { terms: this.terms, steps: this.steps, formats: this.formats, schemas: this.sources },
      [requester, responder],
      features,
      answers,
    );
  }

  /**
   * A plan with what people say of single steps; pinned ones that planning anew no longer has are taken from the plan before.
   * @throws DomainError `validation-failed`
   */
  override(plan: AdaptationPlan, overrides: readonly StepOverride[], previous?: AdaptationPlan): AdaptationPlan {
    return applyOverrides(plan, overrides, this.steps, previous);
  }

  /**
   * A flow made ready to run, once per connection and plan version.
   * @throws DomainError `adaptation-unsupported` for a step or format that this broker does not know, `validation-failed` for parameters it cannot use
   */
  compile(flow: AdaptationFlow, check?: CheckValue): CompiledFlow {
    return this.runner.compile(flow, check);
  }

  /** Every payload on the way of one, as JSON text; for people, not for the message path. @throws DomainError as {@link compile} */
  trace(flow: AdaptationFlow, text: string, check?: CheckValue): Promise<FlowTrace> {
    return this.runner.trace(flow, text, check);
  }

  /** The flow that takes the way back to the sender's form; or, when a step has no way back, its id. @throws DomainError as {@link compile} */
  inverse(flow: AdaptationFlow, source: ValueForm): { readonly flow: AdaptationFlow } | { readonly oneWay: string } {
    return inverseFlow(flow, source, this.steps, this.formats);
  }

  /** A schema that cannot be used any more, because what it refers to is gone, is read by itself. */
  private async references(owner: OrganizationId | undefined, schema: FormSchema): Promise<KnownReferences | undefined> {
    try {
      return (await this.schemas.compile(owner ?? NOBODY, schema)).references;
    } catch (error) {
      if (error instanceof SchemaRefused) return undefined;
      throw error;
    }
  }
}
