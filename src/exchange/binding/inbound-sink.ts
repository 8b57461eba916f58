import { Injectable, Logger } from '@nestjs/common';
import { parseDeliveryId } from '../inbox/delivery.js';
import type { InboundDocument, MessageSink, SinkOutcome } from '../../adaptor/protocol/message-sink.js';
import { Database } from '../../database/database.js';
import type { ProblemCode } from '../../problems/catalogue.js';
import { DomainError } from '../../problems/domain-error.js';
import { toDomainError } from '../../problems/problem-document.js';
import { type DirectoryTwin, TwinDirectory } from '../../registry/twin-directory.js';
import type { Envelope } from '../../vocabulary/envelope.js';
import { LogReader } from '../log/log-reader.js';
import { KIND_NUMBERS } from '../log/log-row.js';
import { AcceptanceService } from '../message/acceptance.service.js';
import { FeatureCarriers } from './feature-carriers.js';
import {
  type AnsweredRequest,
  answerOf,
  featureOf,
  type InboundMessage,
  isWholeMessage,
  publicationOf,
  wholeMessageOf,
} from './inbound-message.js';

/** What passes by itself: the document is tried again after so many milliseconds. */
const PASSING: Partial<Record<ProblemCode, number>> = {
  'database-unavailable': 1_000,
  'shutting-down': 1_000,
  'rate-limited': 1_000,
  'inbox-full': 2_000,
  'inbox-draining': 2_000,
};

/** Takes documents of wires into the exchange, by the same acceptance as whatever is sent to `POST /v1/messages`. */
@Injectable()
export class InboundSink implements MessageSink {
  private readonly logger = new Logger(InboundSink.name);

  constructor(
    private readonly acceptance: AcceptanceService,
    private readonly twins: TwinDirectory,
    private readonly reader: LogReader,
    private readonly carriers: FeatureCarriers,
    private readonly database: Database,
  ) {}

  async take(document: InboundDocument, placed?: () => void): Promise<SinkOutcome> {
    let message: InboundMessage | undefined;
    try {
      const twin = await this.twins.find(document.twin);
      if (twin === undefined) throw new DomainError('not-found', `There is no twin ${document.twin}.`);
      message = await this.messageOf(document, twin);
      const principal = { kind: 'twin', organization: twin.owner, twin: twin.id, subject: 'binding' } as const;
      const { receipt } = await this.acceptance.begin(principal, message.text, undefined, document.traceparent, true);
      placed?.();
      const accepted = await receipt;
      return { kind: 'taken', messageId: accepted.messageId, repeated: accepted.repeated };
    } catch (error) {
      const problem = toDomainError(error);
      // Only its timestamp is another one.
      if (message?.messageId !== undefined && problem.code === 'message-conflict') {
        return { kind: 'taken', messageId: message.messageId, repeated: true };
      }
      return this.outcomeOf(problem);
    }
  }

  private async messageOf(document: InboundDocument, twin: DirectoryTwin): Promise<InboundMessage> {
    const now = this.database.clock.now();
    const { correlationId, feature } = document;
    if (correlationId !== undefined && !isWholeMessage(document)) {
      const request = await this.requestOf(twin, correlationId);
      const asked = twin.features.find(({ name }) => name === request.data.object.id);
      return answerOf(document, twin, request, this.carriers.of(asked), now);
    }
    if (feature === undefined) return wholeMessageOf(document);
    const spec = featureOf(twin, feature);
    return publicationOf(document, twin, spec, this.carriers.of(spec), now);
  }

  /** @throws DomainError `not-found` when the twin was asked nothing in that delivery */
  private async requestOf(twin: DirectoryTwin, deliveryId: string): Promise<AnsweredRequest> {
    const { source, position } = parseDeliveryId(deliveryId, '/correlationId');
    const [row] = /^\d$/.test(source) ? await this.reader.at(twin.id, Number(source), [position]) : [];
    if (row?.kind !== KIND_NUMBERS.REQUEST)
      throw new DomainError('not-found', `${twin.id} was asked nothing in the delivery ${deliveryId}.`);
    return JSON.parse(row.envelope) as Envelope;
  }

  private outcomeOf(problem: DomainError): SinkOutcome {
    const afterMs = PASSING[problem.code];
    if (afterMs !== undefined) return { kind: 'later', afterMs };
    if (problem.code === 'internal') this.logger.error({ err: problem.cause }, 'A document of a wire could not be taken.');
    return { kind: 'refused', code: problem.code, reason: problem.detail };
  }
}
