import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { fingerprint } from '../../kernel/canonical-json.js';
import type { TwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import type { TwinInbox } from '../../registry/readiness/readiness.js';
import type { Principal } from '../../security/principal.js';
import { type Envelope, REGISTRY_PARTY } from '../../vocabulary/envelope.js';
import { CURRENT_VERSION } from '../../vocabulary/vocabulary.js';
import { LANE_NUMBERS } from '../log/log-row.js';
import { LogWriter } from '../log/log-writer.js';
import { newRow } from '../message/new-row.js';
import { LastValueService } from '../value/last-value.service.js';
import { InboxService } from './inbox.service.js';

/** Between two looks at the inbox, in milliseconds: the settling may happen at another broker. */
const LOOK_MS = 100;
/** How much longer than it is waited for the message lives, in milliseconds. */
const SPARE_MS = 1_000;

/** What the readiness check asks of the exchange. */
@Injectable()
export class InboxProbe implements TwinInbox {
  constructor(
    private readonly values: LastValueService,
    private readonly writer: LogWriter,
    private readonly inbox: InboxService,
    private readonly config: Config,
  ) {}

  async lastValue(principal: Principal, twin: TwinId, feature: string): Promise<string | undefined> {
    try {
      return (await this.values.read(principal, twin, feature)).value;
    } catch (error) {
      if (error instanceof DomainError && error.code === 'not-found') return undefined;
      throw error;
    }
  }

  async roundTrip(twin: TwinId, waitMs: number, signal?: AbortSignal): Promise<boolean> {
    const until = performance.now() + waitMs;
    const { position } = await this.writer.append(this.probe(twin, waitMs + SPARE_MS));
    const place = { source: String(LANE_NUMBERS.normal), position };
    while (performance.now() < until && signal?.aborted !== true) {
      await delay(LOOK_MS);
      if (await this.inbox.isSettled(twin, place)) return true;
    }
    return false;
  }

  private probe(twin: TwinId, ttlMs: number): ReturnType<typeof newRow> {
    const envelope: Envelope = {
      header: {
        messageId: randomUUID(),
        version: CURRENT_VERSION,
        messageType: 'NOTIFICATION',
        sender: REGISTRY_PARTY,
        receiver: { id: twin, role: 'DT' },
        timestamp: new Date().toISOString(),
        ttlMs,
        lane: 'normal',
      },
      data: { action: 'NOTIFY', object: { type: 'digitalTwin', id: twin } },
    };
    const value = { event: 'readiness.round-trip' };
    const message = { envelope, payload: { text: JSON.stringify(value), value }, fingerprint: fingerprint(envelope), hasOwnId: false };
    return newRow(message, { channel: twin, retentionMs: this.config.messageRetentionSeconds * 1_000 });
  }
}
