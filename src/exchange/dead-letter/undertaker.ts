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

/** A message that is to become a dead letter. */
interface Dead {
  row: LogRow;
  message: Envelope;
  attempts: number;
  adaptation?: AdaptationFailure;
}

/** So many are read and buried in one statement: a thousand may die at once, and each may have a megabyte. */
const BURIED_AT_ONCE = 25;

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
    for (const key of new Set(exhausted.map((each) => each.source))) {
      const source = sources.find((candidate) => candidate.key === key);
      if (source === undefined) continue;
      const attempts = new Map(exhausted.filter((each) => each.source === key).map((each) => [each.position, each.attempts]));
      for (const positions of chunks([...attempts.keys()])) {
        const rows = await this.reader.at(source.channel, source.lane, positions);
        const dead = rows.map((row) => ({ row, message: envelopeOf(row), attempts: attempts.get(row.position) ?? 0 }));
        await this.bury(receiver, reason, dead);
      }
    }
  }

  /** Buries messages that can never be delivered. */
  async buryRows(receiver: TwinId, undeliverable: readonly Undeliverable[]): Promise<void> {
    const byReason = new Map<string, Dead[]>();
    for (const { row, reason, adaptation } of undeliverable) {
      const dead = byReason.get(reason) ?? [];
      dead.push({ row, message: envelopeOf(row), attempts: 0, adaptation });
      byReason.set(reason, dead);
    }
    for (const [reason, all] of byReason) for (const dead of chunks(all)) await this.bury(receiver, reason, dead);
  }

  private async bury(receiver: TwinId, reason: string, dead: readonly Dead[]): Promise<void> {
    if (dead.length === 0) return;
    const { code, words } = reasonOf(reason);
    await this.database.query(BURY_SQL, [receiver, code, words, ...columnsOf(dead)]);
    let isAnyLeft = false;
    for (const each of dead) {
      if (await this.deaths.takeOver(receiver, each.row, words)) continue;
      isAnyLeft = true;
      await this.answer(each, words);
    }
    if (isAnyLeft) this.sweep.trimSoon(receiver);
  }

  /** A REQUEST gets its answer. */
  private async answer({ row, message, adaptation }: Dead, words: string): Promise<void> {
    if (row.kind !== KIND_NUMBERS.REQUEST || row.requestSegment === null) return;
    const key = { requester: row.sender, messageId: row.messageId, segment: row.requestSegment };
    await this.answers.giveContent(
      key,
      message,
      adaptation === undefined
        ? { code: 'PEER_UNREACHABLE', reason: `The receiver could not be reached: ${words}.` }
        : { code: 'ADAPTATION_UNSUPPORTED', reason: `The request could not be adapted: ${words}.`, details: [adaptation] },
    );
  }
}

function envelopeOf(row: LogRow): Envelope {
  return JSON.parse(row.envelope) as Envelope;
}

/** The arrays that {@link BURY_SQL} asks for after the reason. */
function columnsOf(dead: readonly Dead[]): unknown[][] {
  return [
    dead.map(({ row }) => row.position),
    dead.map(({ row }) => row.lane),
    dead.map(({ row }) => row.sender),
    dead.map(({ message }) => message.header.messageId),
    dead.map(({ attempts }) => attempts),
    dead.map(({ row }) => row.channel),
    dead.map(({ row }) => row.kind),
    dead.map(({ message }) => message.data.action),
    dead.map(({ message }) => message.data.object.type),
    dead.map(({ message }) => message.data.object.id ?? null),
    dead.map(({ row }) => row.orderingKey),
    dead.map(({ row }) => row.kind === KIND_NUMBERS.REQUEST && row.requestSegment !== null),
    dead.map(({ row }) => row.acceptedAt),
    dead.map(({ row }) => row.envelope),
    dead.map(({ row }) => row.payload),
    dead.map(({ adaptation }) => (adaptation === undefined ? null : JSON.stringify(adaptation))),
  ];
}

function chunks<T>(all: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / BURIED_AT_ONCE) }, (_, index) =>
    all.slice(index * BURIED_AT_ONCE, (index + 1) * BURIED_AT_ONCE),
  );
}
