import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import { DomainError } from '../../problems/domain-error.js';
import type { Principal } from '../../security/principal.js';
import type { Envelope } from '../../vocabulary/envelope.js';
import { Withdrawals } from '../control/withdrawals.js';
import { parseTwinId } from '../../kernel/ids.js';
import { LogReader } from '../log/log-reader.js';
import { isStream } from '../log/log-row.js';
import { MatchHistory, type MatchRecord } from '../match/match-history.js';
import { DeliveryJournal } from './delivery-journal.js';
import { type FoundMessage, MessageFinder } from './message-finder.js';
import { MessageLinks } from './message-links.js';

/** Something that happened to a message; what else it says depends on the event. */
export interface HistoryEvent {
  event: string;
  at?: Date;
  [fact: string]: unknown;
}

/** What became of one message. */
export interface MessageHistory {
  messageId: string;
  sender: string;
  /** The receiving twin; absent when it was published. */
  receiver?: string;
  acceptedAt: Date;
  /** Of a REQUEST: when its answer is due. */
  deadline?: Date;
  /** How its receiver was found, when it named none: for those who act for the sender. */
  match?: MatchRecord;
  events: HistoryEvent[];
  /** There when the journal of deliveries is longer than one look. */
  incomplete?: true;
}

/** Nothing else is the id of a message. */
const MESSAGE_ID = /^[\x21-\x7e]{1,200}$/;
const MOST_LINKS = 100;
/** A copy among the dead letters. Rides dead_letter_pkey. */
const DEATH_SQL = `
  SELECT reason_code AS "reasonCode", reason, attempts, died_at AS "at", replayed_at AS "replayedAt" FROM dead_letter WHERE receiver = $1 AND position = $2`;

/** Tells what became of a message, from what was stored for other reasons. */
@Injectable()
export class MessageHistoryService {
  constructor(
    private readonly finder: MessageFinder,
    private readonly journal: DeliveryJournal,
    private readonly links: MessageLinks,
    private readonly reader: LogReader,
    private readonly withdrawals: Withdrawals,
    private readonly matches: MatchHistory,
    private readonly database: Database,
  ) {}

  /** A message that the caller may see whole. @throws DomainError `not-found` */
  async find(principal: Principal, sender: string, messageId: string): Promise<FoundMessage> {
    const found = MESSAGE_ID.test(messageId) ? await this.finder.find(parseTwinId(sender), messageId) : undefined;
    if (found !== undefined && (await this.finder.sight(principal, found)) === 'whole') return found;
    throw new DomainError('not-found', `${sender} sent no message ${messageId} that is still remembered and that the caller may see.`);
  }

  /** The history of a message. @throws DomainError `not-found` */
  async read(principal: Principal, sender: string, messageId: string): Promise<MessageHistory> {
    const found = await this.find(principal, sender, messageId);
    const { accepted, row } = found;
    const isPublished = isStream(accepted.channel);
    const [story, more] = await Promise.all([
      isPublished ? { events: [] } : this.journal.of(accepted.channel, accepted.position, accepted.acceptedAt),
      Promise.all([this.answer(found), this.withdrawal(found), this.death(found), this.replays(found)]),
    ]);
    const match = await this.match(principal, found);
    const events: HistoryEvent[] = [
      { event: 'accepted', at: accepted.acceptedAt, ...acceptedFacts(found) },
      ...[...story.events, ...more.flat()].toSorted((a, b) => (a.at?.getTime() ?? Infinity) - (b.at?.getTime() ?? Infinity)),
    ];
    const isOver = events.some(({ event }) => ['settled', 'answered', 'withdrawn', 'died'].includes(event));
    if (!isPublished && row?.expired === true && !isOver) events.push({ event: 'expired', at: row.expiresAt });
    return {
      messageId,
      sender,
      ...(isPublished ? {} : { receiver: accepted.channel }),
      acceptedAt: accepted.acceptedAt,
      ...(accepted.deadline === null ? {} : { deadline: accepted.deadline }),
      ...(match === undefined ? {} : { match }),
      events,
      ...('incomplete' in story ? { incomplete: true as const } : {}),
    };
  }

  private async match(principal: Principal, { sender, messageId, accepted }: FoundMessage): Promise<MatchRecord | undefined> {
    const isSenders = await this.finder.actsFor(principal, sender);
    return isSenders ? this.matches.read({ requester: sender, messageId, segment: accepted.segment }) : undefined;
  }

  private async answer({ sender, messageId, accepted }: FoundMessage): Promise<HistoryEvent[]> {
    const answer = await this.reader.findAnswer({ requester: sender, messageId, segment: accepted.segment });
    if (answer === undefined) return [];
    const { header, data } = JSON.parse(answer.envelope) as Envelope;
    return [{ event: 'answered', at: answer.acceptedAt, by: header.sender.id, messageId: header.messageId, code: data.status?.code }];
  }

  private async withdrawal({ accepted }: FoundMessage): Promise<HistoryEvent[]> {
    const taken = (await this.withdrawals.among(accepted.channel, [accepted.position])).get(accepted.position);
    return taken === undefined ? [] : [{ event: 'withdrawn', at: taken.withdrawnAt, reason: taken.reason }];
  }

  private async death({ accepted }: FoundMessage): Promise<HistoryEvent[]> {
    const [death] = await this.database.query<{ reasonCode: string; reason: string; attempts: number; at: Date; replayedAt: Date | null }>(
      DEATH_SQL,
      [accepted.channel, accepted.position],
    );
    if (death === undefined) return [];
    const { replayedAt, ...facts } = death;
    return [{ event: 'died', ...facts }, ...(replayedAt === null ? [] : [{ event: 'replayed', at: replayedAt, from: 'dead-letters' }])];
  }

  private async replays({ sender, messageId }: FoundMessage): Promise<HistoryEvent[]> {
    const replays = (await this.links.find([messageId], MOST_LINKS)).filter((link) => link.kind === 'replay' && link.sender === sender);
    const found = await Promise.all(replays.map((link) => this.finder.find(sender, link.messageId)));
    return found.flatMap((each) =>
      each === undefined ? [] : [{ event: 'replayed', at: each.accepted.acceptedAt, to: each.accepted.channel, ...newIdOf(each) }],
    );
  }
}

/** A replayed REQUEST has an id of its own; anything else goes by its old one. */
function newIdOf({ messageId }: FoundMessage): { messageId?: string } {
  return MESSAGE_ID.test(messageId) ? { messageId } : {};
}

function acceptedFacts({ row, envelope }: FoundMessage): Record<string, unknown> {
  if (row === undefined || envelope === undefined) return { kept: false };
  const { header } = envelope;
  return {
    lane: header.lane ?? 'normal',
    ...(row.connectionId === null ? {} : { connectionId: row.connectionId, planVersion: row.planVersion }),
    ...(row.notBefore === null ? {} : { notBefore: row.notBefore }),
    expiresAt: row.expiresAt,
    ...(header.causationId === undefined ? {} : { causationId: header.causationId }),
    ...(header.replayOf === undefined ? {} : { replayOf: header.replayOf }),
    ...(header.traceparent === undefined ? {} : { traceparent: header.traceparent }),
  };
}
