import { Injectable } from '@nestjs/common';
import type { TwinId } from '../kernel/ids.js';
import { DomainError } from '../problems/domain-error.js';
import type { AdaptationPlan, AdaptationProfile, PlannedFeature } from './plan/adaptation-plan.js';

/**
 * AP-FE, the adaptation process. In this version it plans the identity alone: no flows, whatever the two profiles say, so both sides must
 * speak the same protocol, format and vocabulary for the agreed features. Nothing is compared and nothing is converted.
 */
@Injectable()
export class Adaptor {
  /**
   * The first plan of a connection for these features, each offered by one of the two sides.
   * @throws DomainError `adaptation-unsupported` when a feature is in neither profile
   */
  plan(
    requester: AdaptationProfile,
    responder: AdaptationProfile,
    features: readonly { readonly twin: TwinId; readonly name: string }[],
  ): AdaptationPlan {
    return {
      version: 1,
      features: features.map(({ twin, name }) =>
        planned(twin === requester.twin ? [requester, responder] : [responder, requester], twin, name),
      ),
    };
  }
}

function planned([offering, using]: [AdaptationProfile, AdaptationProfile], twin: TwinId, name: string): PlannedFeature {
  const feature = offering.twin === twin ? offering.features.find((candidate) => candidate.name === name) : undefined;
  if (feature === undefined) throw new DomainError('adaptation-unsupported', `${twin} offers no feature ${name} on this connection.`);
  return { twin, peer: using.twin, kind: feature.kind, name, version: feature.version };
}
