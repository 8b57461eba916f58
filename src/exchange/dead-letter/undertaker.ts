import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { TwinId } from '../../kernel/ids.js';
import type { Envelope } from '../../vocabulary/envelope.js';
import type { AdaptationFailure } from '../adaptation/adapted-message.js';
import type { Undeliverable } from '../dispatch/dispatch-gate.js';
import type { Exhausted } from '../inbox/settling.js';
import type { Source } from '../inbox/source.js';
import { LogReader } from '../log/log-reader.js';
import { KIND_NUMBERS, type LogRow } from '../log/log-row.js';
import { MatchDeaths } from '../match/match-deaths.js';
import { BrokerAnswers } from '../request/broker-answers.js';
import { BURY_SQL } from './dead-letter.queries.js';
import { DeadLetterSweep } from './dead-letter-sweep.js';
import { reasonOf } from './reason.js';

/**
 * Makes dead letters: a copy with the reason, and for a REQUEST its one answer, PEER_UNREACHABLE, or ADAPTATION_UNSUPPORTED with the step that failed. Both may be repeated, so it is done before
 * the inbox's state moves on; a crash between the two only does it again.
 */
@Injectable()
export class Undertaker {
  constructor(
    private readonly database: Database,
    private readonly reader: LogReader,
    private readonly answers: BrokerAnswers,
    private readonly deaths: MatchDeaths,
    private readonly sweep: DeadLetterSweep,
  ) {}

  /** Buries messages whose deliveries are used up. `reason`: a code of reason.ts, its words, or `code: words`. */
  async buryPlaces(receiver: TwinId, sources: readonly Source[], exhausted: readonly Exhausted[], reason: string): Promise<void> {
    for (const { source: key, position, attempts } of exhausted) {
      const source = sources.find((candidate) => candidate.key === key);
      if (source === undefined) continue;
      const [row] = await this.reader.at(source.channel, source.lane, [position]);
      if (row !== undefined) await this.bury(receiver, row, reason, attempts);
    }
  }

  /** Buries messages that can never be delivered. */
  async buryRows(receiver: TwinId, undeliverable: readonly Undeliverable[]): Promise<void> {
    for (const { row, reason, adaptation } of undeliverable) await this.bury(receiver, row, reason, 0, adaptation);
  }

  private async bury(receiver: TwinId, row: LogRow, reason: string, attempts: number, adaptation?: AdaptationFailure): Promise<void> {
    const { header, data } = JSON.parse(row.envelope) as Envelope;
    const { code, words } = reasonOf(reason);
    const isAwaited = row.kind === KIND_NUMBERS.REQUEST && row.requestSegment !== null;
    await this.database.query(BURY_SQL, [
      receiver,
      row.position,
      row.lane,
      row.sender,
      header.messageId,
      code,
      words,
      attempts,
      row.channel,
      row.kind,
      data.action,
      data.object.type,
      data.object.id ?? null,
      row.orderingKey,
      isAwaited,
      row.acceptedAt,
      row.envelope,
      row.payload,
      adaptation === undefined ? null : JSON.stringify(adaptation),
    ]);
    if (await this.deaths.takeOver(receiver, row, words)) return;
    this.sweep.trimSoon(receiver);
    if (row.kind !== KIND_NUMBERS.REQUEST || row.requestSegment === null) return;
    const key = { requester: row.sender, messageId: row.messageId, segment: row.requestSegment };
    await this.answers.giveContent(
      key,
      { header, data },
      adaptation === undefined
        ? { code: 'PEER_UNREACHABLE', reason: `The receiver could not be reached: ${words}.` }
        : { code: 'ADAPTATION_UNSUPPORTED', reason: `The request could not be adapted: ${words}.`, details: [adaptation] },
    );
  }
}
