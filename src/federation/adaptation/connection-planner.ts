import { Inject, Injectable } from '@nestjs/common';
import type { AdaptationPlan, AdaptationProfile } from '../../adaptor/plan/adaptation-plan.js';
import { FLOW_COMPILER, type FlowCompiler, PLAN_MAKER, type PlanMaker } from '../../adaptor/plan/flow-compiler.js';
import type { StepOverride } from '../../adaptor/plan/plan-terms.js';
import type { Transaction } from '../../database/unit-of-work.js';
import type { FederationId, OrganizationId, TwinId } from '../../kernel/ids.js';
import type { ConnectedFeature, ConnectedNeed } from '../connection.entity.js';
import { FederationIdentifiers } from './federation-identifiers.js';
import { stepOf } from './step-overrides.js';
import { TwinWiresPort } from '../twin-wires.js';
import type { ConnectionTerms } from './terms-of-plan.js';
import { type WiresOfSides, withWireLosses } from './wire-losses.js';

/** A plan with what people said of its steps, and what of it found no step. */
export interface OverriddenPlan {
  readonly plan: AdaptationPlan;
  readonly unplaced: readonly StepOverride[];
}

/** How a plan is made. */
export interface Planning {
  /** What else it reads within. */
  readonly tx?: Transaction;
  /** The terms were given just now: what of them cannot be used is refused (`validation-failed`), where it would be passed over later. */
  readonly areTermsNew?: boolean;
}

/** What of a connection its plan follows from. */
export interface Plannable {
  readonly federationId: FederationId;
  readonly requester: TwinId;
  readonly requesterOrganization: OrganizationId;
  readonly responder: TwinId;
  readonly responderOrganization: OrganizationId;
  readonly features: readonly ConnectedFeature[];
  readonly needs: readonly ConnectedNeed[];
  readonly terms: ConnectionTerms;
}

/** AP-FE for connections: what the adaptor plans for the two sides, with what people said of it. */
@Injectable()
export class ConnectionPlanner {
  constructor(
    @Inject(PLAN_MAKER) private readonly adaptor: PlanMaker,
    @Inject(FLOW_COMPILER) private readonly compiler: FlowCompiler,
    private readonly identifiers: FederationIdentifiers,
    private readonly wires: TwinWiresPort,
  ) {}

  /**
   * The plan of the connection, under this version.
   * @throws DomainError `adaptation-unsupported`, `semantic-unresolved` naming the step and the nearest candidates
   */
  async plan(connection: Plannable, version: number, how: Planning = {}): Promise<AdaptationPlan> {
    return (await this.overridden(connection, version, how)).plan;
  }

  /** The same, with the overrides that found no step. */
  async overridden(connection: Plannable, version: number, { tx, areTermsNew }: Planning = {}): Promise<OverriddenPlan> {
    const { requester, requesterOrganization, responder, responderOrganization, features, terms } = connection;
    const [asking, asked] = [
      profileOf(connection, requester, requesterOrganization),
      profileOf(connection, responder, responderOrganization),
    ];
    const identifiers = await this.identifiers.of(connection.federationId, tx);
    const { scripts = [], matches = [] } = terms;
    const plan = await this.adaptor.plan(asking, asked, features, { scripts, matches, isGivenNow: areTermsNew === true, identifiers });
    const said = terms.overrides ?? [];
    const placed = said.filter((each) => stepOf(plan, each) !== undefined);
    const overridden = placed.length === 0 ? plan : this.adaptor.override(plan, placed);
    const named = withWireLosses(overridden, await this.wiresOf(connection));
    return { plan: { ...named, version }, unplaced: said.filter((each) => !placed.includes(each)) };
  }

  private async wiresOf({ requester, requesterOrganization, responder, responderOrganization }: Plannable): Promise<WiresOfSides> {
    const [ofRequester, ofResponder] = await Promise.all([
      this.wires.of({ id: requester, owner: requesterOrganization }),
      this.wires.of({ id: responder, owner: responderOrganization }),
    ]);
    return new Map([
      [requester, ofRequester],
      [responder, ofResponder],
    ]);
  }

  /** Makes every flow ready to run that people had a say in, so that a mistake shows now. @throws DomainError */
  async tryOut({ features }: AdaptationPlan): Promise<void> {
    for (const { flows = [] } of features) {
      for (const flow of flows) if (flow.steps.some(({ by }) => by === 'operator')) await this.compiler.compile(flow);
    }
  }
}

function profileOf({ features, needs }: Plannable, twin: TwinId, owner: OrganizationId): AdaptationProfile {
  return {
    twin,
    owner,
    features: features.filter((feature) => feature.twin === twin),
    needs: needs.filter((need) => need.twin === twin),
  };
}
