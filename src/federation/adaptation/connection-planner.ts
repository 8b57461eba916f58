import { Injectable } from '@nestjs/common';
import { Adaptor } from '../../adaptor/adaptor.js';
import type { AdaptationPlan, AdaptationProfile } from '../../adaptor/plan/adaptation-plan.js';
import type { FederationId, TwinId } from '../../kernel/ids.js';
import type { ConnectedFeature, ConnectedNeed } from '../connection.entity.js';
import type { ConnectionTerms } from './terms-of-plan.js';

/** What of a connection its plan follows from. */
export interface Plannable {
  readonly federationId: FederationId;
  readonly requester: TwinId;
  readonly responder: TwinId;
  readonly features: readonly ConnectedFeature[];
  readonly needs: readonly ConnectedNeed[];
  readonly terms: ConnectionTerms;
}

/** AP-FE for connections: what the adaptor plans for the two sides. */
@Injectable()
export class ConnectionPlanner {
  constructor(private readonly adaptor: Adaptor) {}

  /**
   * The plan of the connection, under this version.
   * @throws DomainError `adaptation-unsupported`, `semantic-unresolved` naming the step and the nearest candidates
   */
  async plan(connection: Plannable, version: number): Promise<AdaptationPlan> {
    const { requester, responder, features } = connection;
    const made = await Promise.resolve(this.adaptor.plan(profileOf(connection, requester), profileOf(connection, responder), features));
    return { ...made, version };
  }
}

function profileOf({ features, needs }: Plannable, twin: TwinId): AdaptationProfile {
  return {
    twin,
    features: features.filter((feature) => feature.twin === twin),
    needs: needs.filter((need) => need.twin === twin),
  };
}
