import { DeliveryCredentials } from './delivery-credentials.service.js';
import { DeliveryKeys } from './delivery-keys.service.js';
import { DeliveryModeService } from './delivery-mode.service.js';
import { DeliveryRecord } from './delivery-record.js';
import { EndpointEndings } from './endpoint-endings.js';
import { EndpointOpenings } from './endpoint-openings.js';
import { EndpointOwnership } from './endpoint-ownership.js';
import { EndpointRepository } from './endpoint.repository.js';
import { InboxOwner } from './inbox-owner.js';
import { InlineAnswers } from './inline-answers.js';
import { MeasuredWires } from './measured-wires.js';
import { OutboundDispatcher } from './outbound-dispatcher.js';
import { OutboundMetrics } from './outbound-metrics.js';
import { OutboundTimes } from './outbound-times.js';
import { PumpParts } from './pump-parts.js';
import { SettlerParts } from './settler.js';
import { SlotLeases } from './slot-leases.js';

/** What delivers to twins. */
export const OUTBOUND_PROVIDERS = [
  DeliveryCredentials,
  DeliveryKeys,
  DeliveryModeService,
  DeliveryRecord,
  EndpointEndings,
  EndpointOpenings,
  EndpointOwnership,
  EndpointRepository,
  InboxOwner,
  InlineAnswers,
  MeasuredWires,
  OutboundDispatcher,
  OutboundMetrics,
  OutboundTimes,
  PumpParts,
  SettlerParts,
  SlotLeases,
];
