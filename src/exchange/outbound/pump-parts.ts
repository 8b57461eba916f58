import { Injectable, Logger } from '@nestjs/common';
import { Database } from '../../database/database.js';
import { Presence } from '../../registry/lease/presence.js';
import { ClaimService } from '../inbox/claim.service.js';
import { Wakeups } from '../log/wakeups.js';
import { EndpointOwnership } from './endpoint-ownership.js';
import { EndpointRepository } from './endpoint.repository.js';
import { InlineAnswers } from './inline-answers.js';
import { OutboundMetrics } from './outbound-metrics.js';
import { OutboundTimes } from './outbound-times.js';
import { SettlerParts } from './settler.js';

/** What every pump works with. */
@Injectable()
export class PumpParts {
  readonly logger = new Logger('OutboundPump');

  constructor(
    readonly database: Database,
    readonly times: OutboundTimes,
    readonly settling: SettlerParts,
    readonly claims: ClaimService,
    readonly wakeups: Wakeups,
    readonly endpoints: EndpointRepository,
    readonly metrics: OutboundMetrics,
    readonly answers: InlineAnswers,
    readonly presence: Presence,
    readonly ownership: EndpointOwnership,
  ) {}
}
