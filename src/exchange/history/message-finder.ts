import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { TwinId } from '../../kernel/ids.js';
import { TwinDirectory } from '../../registry/twin-directory.js';
import { actsFor, type Principal } from '../../security/principal.js';
import { ADAPTOR_PARTY, type Envelope, REGISTRY_PARTY } from '../../vocabulary/envelope.js';
import { type AcceptedMessage, LogReader } from '../log/log-reader.js';
import { isStream, type LogRow } from '../log/log-row.js';

/** A message that is remembered, with its row while the log keeps it. */
export interface FoundMessage {
  sender: string;
  messageId: string;
  accepted: AcceptedMessage;
  row?: LogRow;
  envelope?: Envelope;
}

/** What a caller may know of a message: all, that it is there, or nothing. */
export type Sight = 'whole' | 'redacted' | 'none';

/** Twins that a twin is or was connected to. Rides the indexes of connection by its sides. */
const PEERS_SQL = `
  SELECT responder AS peer FROM connection WHERE requester = $1 UNION SELECT requester FROM connection WHERE responder = $1 LIMIT 500`;

/** Who of these sent a message of this id. Rides acceptance_pkey. */
const SENT_BY_SQL = 'SELECT DISTINCT sender FROM acceptance WHERE sender = ANY ($1::text[]) AND message_id = $2 LIMIT 10';

/** Finds messages by sender and id, and decides what a caller may see of them. */
@Injectable()
export class MessageFinder {
  constructor(
    private readonly database: Database,
    private readonly reader: LogReader,
    private readonly twins: TwinDirectory,
  ) {}

  /** A message; undefined when its id is not remembered. */
  async find(sender: string, messageId: string): Promise<FoundMessage | undefined> {
    const accepted = await this.reader.findAccepted(sender, messageId);
    if (accepted === undefined) return undefined;
    const [row] = await this.reader.at(accepted.channel, accepted.lane, [accepted.position]);
    return { sender, messageId, accepted, ...(row === undefined ? {} : { row, envelope: JSON.parse(row.envelope) as Envelope }) };
  }

  /** The message that a message of this sender names: one of its own, or one that a twin it is connected to sent to it or published. */
  async named(sender: string, messageId: string): Promise<FoundMessage | undefined> {
    const peers = await this.database.query<{ peer: string }>(PEERS_SQL, [sender]);
    const senders = await this.database.query<{ sender: string }>(SENT_BY_SQL, [
      [sender, REGISTRY_PARTY.id, ADAPTOR_PARTY.id, ...peers.map(({ peer }) => peer)],
      messageId,
    ]);
    for (const { sender: candidate } of senders.toSorted((a, b) => Number(b.sender !== sender) - Number(a.sender !== sender))) {
      const found = await this.find(candidate, messageId);
      if (found !== undefined && mayName(sender, found)) return found;
    }
    return undefined;
  }

  /** Whether the caller acts for a twin. */
  async actsFor(principal: Principal, id: string): Promise<boolean> {
    const twin = await this.twins.find(id as TwinId);
    return twin !== undefined && actsFor(principal, twin);
  }

  /** What the caller sees: whole what its twins sent or got, redacted what is between twins that it sees, nothing else. */
  async sight(principal: Principal, { sender, accepted }: FoundMessage): Promise<Sight> {
    const receiver = isStream(accepted.channel) ? undefined : accepted.channel;
    const sides = [sender, ...(receiver === undefined ? [] : [receiver])];
    for (const id of sides) if (await this.actsFor(principal, id)) return 'whole';
    for (const id of sides) if (!(await this.twins.isVisible(principal, id as TwinId))) return 'none';
    return 'redacted';
  }
}

/** Whether a twin may name a message as a cause: it sent it, got it, or it was published. */
export function mayName(sender: string, { sender: author, accepted }: FoundMessage): boolean {
  return author === sender || accepted.channel === sender || isStream(accepted.channel);
}
