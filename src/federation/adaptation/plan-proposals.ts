import { Injectable } from '@nestjs/common';
import type { AdaptationPlan } from '../../adaptor/plan/adaptation-plan.js';
import type { StepOverride } from '../../adaptor/plan/plan-terms.js';
import type { TwinId } from '../../kernel/ids.js';
import { PROBLEMS, type ProblemCode } from '../../problems/catalogue.js';
import { DomainError } from '../../problems/domain-error.js';
import { type DirectoryTwin, TwinDirectory } from '../../registry/twin-directory.js';
import { needsOf } from '../connection-terms.js';
import type { ConnectedFeature, Connection } from '../connection.entity.js';
import { ConnectionPlanner, type Plannable } from './connection-planner.js';
import { difference, type PlanDifference } from './plan-difference.js';
import { digestOf } from './plan-versions.js';

/** Why there is no plan for the connection as its sides are now. */
export interface PlanRefusal {
  readonly code: ProblemCode;
  readonly detail: string;
  /** What the problem says beside: the step, the nearest candidates. */
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** What planning anew would make of a connection. */
export interface PlanProposal extends Pick<Plannable, 'features' | 'needs'> {
  /** Names the proposal: SHA-256 of what it says. */
  readonly digest: string;
  readonly plan: AdaptationPlan;
  readonly difference: PlanDifference;
  /** Overrides that would find no step any more. */
  readonly unplaced: readonly StepOverride[];
  /** It differs from the plan that holds. */
  readonly isNews: boolean;
}

/** Plans connections anew, for the profiles, terms and identifiers of this moment. Changes nothing. */
@Injectable()
export class PlanProposals {
  constructor(
    private readonly twins: TwinDirectory,
    private readonly planner: ConnectionPlanner,
  ) {}

  /** The plan that the connection would get now, or why it would get none. */
  async make(connection: Connection): Promise<PlanProposal | PlanRefusal> {
    try {
      const { features, needs } = await this.asTheyAre(connection);
      const present = connection.plan ?? { version: 0, features: [] };
      const { plan, unplaced } = await this.planner.overridden({ ...connection, features, needs }, connection.planVersion + 1);
      const digest = digestOf(plan);
      const isNews = digest !== digestOf(present);
      return { features, needs, plan, unplaced, digest, isNews, difference: difference(present, plan) };
    } catch (error) {
      if (!(error instanceof DomainError) || PROBLEMS[error.code].http !== 422) throw error;
      return { code: error.code, detail: error.detail, ...(error.extensions === undefined ? {} : { extensions: error.extensions }) };
    }
  }

  /** The agreed features and the needs of both sides as they are now. @throws DomainError `adaptation-unsupported` */
  private async asTheyAre({ requester, responder, features }: Connection): Promise<Pick<Plannable, 'features' | 'needs'>> {
    const sides = await Promise.all([this.side(requester), this.side(responder)]);
    const now = features.map(({ twin, kind, name }): ConnectedFeature => {
      const feature = sides.find(({ id }) => id === twin)?.features.find((each) => each.kind === kind && each.name === name);
      if (feature === undefined) {
        throw new DomainError('adaptation-unsupported', `${twin} no longer offers the ${kind} ${name} that the connection is for.`);
      }
      return { ...feature, twin };
    });
    return { features: now, needs: needsOf(sides) };
  }

  private async side(id: TwinId): Promise<DirectoryTwin> {
    const twin = await this.twins.find(id);
    if (twin === undefined) throw new DomainError('adaptation-unsupported', `${id} is no longer registered.`);
    return twin;
  }
}

/** Whether planning anew would be refused. */
export function isRefusal(made: PlanProposal | PlanRefusal): made is PlanRefusal {
  return 'code' in made;
}

/**
 * Whether a proposal may be applied without anybody looking at it: nothing more is lost, nothing rests on a less sure match, and every override still
 * finds its step.
 */
export function appliesByItself({ isNews, difference: { isCompatible }, unplaced }: PlanProposal): boolean {
  return isNews && isCompatible && unplaced.length === 0;
}
