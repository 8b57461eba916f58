import { Injectable, Logger } from '@nestjs/common';
import { parseOrganizationId } from '../../kernel/ids.js';
import type { MessageHeader } from '../../vocabulary/envelope.js';
import { InboundSink } from '../binding/inbound-sink.js';
import { AcceptanceService } from '../message/acceptance.service.js';
import type { StoredEndpoint } from './endpoint.js';

/** Takes RESPONSEs that endpoints give in the answer to a delivery, by the same acceptance as any other. */
@Injectable()
export class InlineAnswers {
  private readonly logger = new Logger(InlineAnswers.name);

  constructor(
    private readonly acceptance: AcceptanceService,
    private readonly sink: InboundSink,
  ) {}

  /** Never throws. A result alone is the RESPONSE to the REQUEST of this delivery. */
  async takeResult({ receiver }: StoredEndpoint, deliveryId: string, result: { document: unknown; mediaType?: string }): Promise<void> {
    const outcome = await this.sink.take({ ...result, twin: receiver, correlationId: deliveryId });
    if (outcome.kind !== 'taken') this.logger.debug({ outcome, receiver }, 'A result in the response to a delivery was not acceptable.');
  }

  /** Never throws: what is not an acceptable RESPONSE to this REQUEST leaves it open, until its deadline. */
  async take({ receiver, organization }: StoredEndpoint, messageId: string, text: string): Promise<void> {
    try {
      const { header } = JSON.parse(text) as { header?: Partial<MessageHeader> };
      if (header?.messageType !== 'RESPONSE' || header.correlationId !== messageId || header.sender?.id !== receiver) return;
      const principal = { kind: 'twin', organization: parseOrganizationId(organization), twin: receiver, subject: 'delivery' } as const;
      await this.acceptance.accept(principal, text);
    } catch (error) {
      this.logger.debug({ err: error, receiver }, 'An answer in the response to a delivery was not acceptable.');
    }
  }
}
