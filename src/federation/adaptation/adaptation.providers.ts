import type { Provider, Type } from '@nestjs/common';
import { Adaptor } from '../../adaptor/adaptor.js';
import { FLOW_COMPILER, PLAN_MAKER } from '../../adaptor/plan/flow-compiler.js';
import { ConnectionAdaptationController } from './connection-adaptation.controller.js';
import { ConnectionAdaptation } from './connection-adaptation.service.js';
import { ConnectionPlanner } from './connection-planner.js';
import { FederationIdentifiers } from './federation-identifiers.js';
import { IdentifierMapController } from './identifier-map.controller.js';
import { IdentifierMaps } from './identifier-map.service.js';
import { PlanProposals } from './plan-proposals.js';
import { PlanTrials } from './plan-trials.service.js';
import { PlanVersions } from './plan-versions.js';
import { PlanWriter } from './plan-writer.js';
import { Replanner } from './replanner.js';
import { ReceiverChecks } from './receiver-checks.js';

/** The plans of connections over time. */
export const ADAPTATION_PROVIDERS: readonly Provider[] = [
  ConnectionAdaptation,
  ConnectionPlanner,
  FederationIdentifiers,
  IdentifierMaps,
  PlanProposals,
  PlanTrials,
  PlanVersions,
  PlanWriter,
  ReceiverChecks,
  Replanner,
  { provide: FLOW_COMPILER, useExisting: Adaptor },
  { provide: PLAN_MAKER, useExisting: Adaptor },
];

/** What a federation says for all of its connections. */
export const FEDERATION_ADAPTATION_CONTROLLERS: readonly Type[] = [IdentifierMapController];

/** The faces of the plans, in the order of the OpenAPI document. */
export const ADAPTATION_CONTROLLERS: readonly Type[] = [ConnectionAdaptationController];
