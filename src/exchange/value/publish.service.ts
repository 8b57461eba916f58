import { Injectable } from '@nestjs/common';
import { parseJsonText } from '../../kernel/json-text.js';
import type { TwinId } from '../../kernel/ids.js';
import type { Principal } from '../../security/principal.js';
import { spliceMessage } from '../../vocabulary/envelope.js';
import { CURRENT_VERSION } from '../../vocabulary/vocabulary.js';
import { AcceptanceService, type Receipt } from '../message/acceptance.service.js';
import { MAX_MESSAGE_DEPTH } from '../message/limits.js';

/** Publishes a value given without an envelope, by sending the NOTIFY that it stands for. */
@Injectable()
export class PublishService {
  constructor(private readonly acceptance: AcceptanceService) {}

  /** Publishes the JSON text as the feature's value. @throws DomainError, JsonTextError */
  async publish(principal: Principal, twin: TwinId, feature: string, text: string, traceparent?: string): Promise<Receipt> {
    // Read by itself first, so that a value that closes the envelope early is found to be no JSON.
    parseJsonText(text, { maxDepth: MAX_MESSAGE_DEPTH - 2 });
    const envelope = JSON.stringify({
      header: { version: CURRENT_VERSION, messageType: 'NOTIFICATION', sender: { id: twin, role: 'DT' } },
      data: { action: 'NOTIFY', object: { type: 'data', id: feature } },
    });
    return this.acceptance.accept(principal, spliceMessage(envelope, text), traceparent);
  }
}
