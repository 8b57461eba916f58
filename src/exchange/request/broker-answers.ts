import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { fingerprint } from '../../kernel/canonical-json.js';
import { ADAPTOR_PARTY, type Envelope, envelopeText, type Party } from '../../vocabulary/envelope.js';
import type { StatusCode } from '../../vocabulary/status.js';
import type { RequestKey } from '../log/log-reader.js';
import { DEFAULT_TTL_MS } from '../message/limits.js';
import { KIND_NUMBERS, LANE_NUMBERS, type NewLogRow, TRAITS } from '../log/log-row.js';
import { LogWriter } from '../log/log-writer.js';
import { MatchNews } from '../match/match-news.js';
import { wholeOf } from '../match/match-request.js';

/** What a RESPONSE of the broker says. */
export interface AnswerContent {
  code: StatusCode;
  reason?: string;
  payload?: unknown;
  /** Instead of a payload: its text. */
  payloadText?: string;
  details?: unknown[];
  /** Who answers; by default the adaptor. */
  from?: Party;
}

/** A REQUEST to be answered; without a segment it is one that is appended together with its answer. */
export type AnsweredRequest = Omit<RequestKey, 'segment'> & { segment?: number };

/** RESPONSEs that the broker gives itself: for services it hosts, and for receivers that cannot or do not answer. */
@Injectable()
export class BrokerAnswers {
  constructor(
    private readonly writer: LogWriter,
    private readonly news: MatchNews,
    private readonly config: Config,
  ) {}

  /**
   * Answers a REQUEST whose envelope text is given, unless it has its answer already.
   * @returns whether this answer was the one
   */
  async give(request: RequestKey, requestEnvelope: string, code: StatusCode, reason: string): Promise<boolean> {
    return this.giveContent(request, JSON.parse(requestEnvelope) as Envelope, { code, reason });
  }

  /** The same with whatever there is to say. */
  async giveContent(request: RequestKey, envelope: Envelope, content: AnswerContent): Promise<boolean> {
    const row = this.row(request, envelope, content);
    const isPart = wholeOf(envelope) !== undefined;
    // The answer of a part is not delivered: the requester gets all of them together.
    const { outcome } = await this.writer.append(isPart ? { ...row, traits: row.traits | TRAITS.matched } : row);
    if (isPart) this.news.tell();
    return outcome === 'accepted';
  }

  /** The log row of an answer, not yet appended. */
  row(key: AnsweredRequest, request: Envelope, content: AnswerContent): NewLogRow {
    const from = content.from ?? ADAPTOR_PARTY;
    const { header, data } = request;
    const lane = header.lane ?? 'normal';
    const envelope: Envelope = {
      header: {
        messageId: randomUUID(),
        version: header.version,
        messageType: 'RESPONSE',
        correlationId: header.messageId,
        ...(header.causationId === undefined ? {} : { causationId: header.causationId }),
        sender: from,
        receiver: header.sender,
        ...(header.federationId === undefined ? {} : { federationId: header.federationId }),
        ...(header.connectionId === undefined ? {} : { connectionId: header.connectionId }),
        timestamp: new Date().toISOString(),
        lane,
        ...(header.traceparent === undefined ? {} : { traceparent: header.traceparent }),
        ...(header.runId === undefined ? {} : { runId: header.runId }),
      },
      data: {
        action: data.action,
        object: data.object,
        status: {
          code: content.code,
          ...(content.reason === undefined ? {} : { reason: content.reason }),
          ...(content.details === undefined ? {} : { details: content.details }),
        },
      },
    };
    return {
      channel: key.requester,
      lane: LANE_NUMBERS[lane],
      orderingKey: from.id,
      sender: from.id,
      messageId: envelope.header.messageId,
      kind: KIND_NUMBERS.RESPONSE,
      fingerprint: fingerprint(envelope),
      ttlMs: Math.min(DEFAULT_TTL_MS, this.config.messageRetentionSeconds * 1_000),
      sentAt: null,
      answerable: false,
      answers: { requester: key.requester, messageId: key.messageId, segment: key.segment ?? null },
      connectionId: null,
      planVersion: null,
      envelope: envelopeText(envelope),
      payload: content.payloadText ?? (content.payload === undefined ? null : JSON.stringify(content.payload)),
      notBefore: null,
      traits: 0,
    };
  }
}
