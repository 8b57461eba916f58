import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { Transaction } from '../../database/unit-of-work.js';
import type { MessageHeader } from '../../vocabulary/envelope.js';

/** How a message hangs on another. */
export const LINK_KINDS = { cause: 0, progress: 1, replay: 2 } as const;
/** How a message hangs on another. */
export type LinkKind = keyof typeof LINK_KINDS;

/** A message that names another. */
export interface MessageLink {
  /** `messageId` of the other. */
  cause: string;
  sender: string;
  messageId: string;
  kind: LinkKind;
}

interface Pending {
  link: MessageLink;
  resolve: () => void;
  reject: (error: unknown) => void;
}

const MAX_BATCH = 500;

/** Notes links under the open segment of acceptance. Rides message_link_pkey. */
const NOTE_SQL = `
  INSERT INTO message_link (cause, sender, message_id, segment, kind)
  SELECT DISTINCT u.cause, u.sender, u.message_id, s.id, u.kind
    FROM unnest($1::text[], $2::text[], $3::text[], $4::smallint[]) AS u (cause, sender, message_id, kind),
         (SELECT id FROM segment WHERE family = 'acceptance' AND closed_at IS NULL) AS s
  ON CONFLICT DO NOTHING`;

/** What hangs on these messages. Rides message_link_pkey. */
const FIND_SQL = `
  SELECT DISTINCT cause, sender, message_id AS "messageId", kind FROM message_link WHERE cause = ANY ($1::text[]) ORDER BY sender, message_id LIMIT $2`;

/**
 * Remembers which messages name another as their cause. Only those cost anything: a row that is committed before the message, so that there is no message
 * without its row whatever is killed; those that come together share a commit.
 */
@Injectable()
export class MessageLinks {
  private readonly queue: Pending[] = [];
  private running?: Promise<void>;

  constructor(private readonly database: Database) {}

  /** Notes a message that is about to be stored, if it names another. Answers are found by the REQUEST, without a row. */
  noteMessage(header: MessageHeader): Promise<void> | undefined {
    const { messageType, causationId, correlationId, messageId, sender } = header;
    if (messageType === 'RESPONSE') return undefined;
    if (correlationId !== undefined) return this.note({ cause: correlationId, sender: sender.id, messageId, kind: 'progress' });
    if (causationId !== undefined) return this.note({ cause: causationId, sender: sender.id, messageId, kind: 'cause' });
    return undefined;
  }

  /** Notes a link; resolves when it is committed. */
  note(link: MessageLink): Promise<void> {
    return new Promise((resolve, reject) => {
      this.queue.push({ link, resolve, reject });
      this.running ??= this.drain();
    });
  }

  /** Notes a link in the transaction that stores the message. */
  async noteIn(tx: Transaction, link: MessageLink): Promise<void> {
    await tx.query(NOTE_SQL, parametersOf([link]));
  }

  /** What hangs on messages of these ids, whoever sent them. */
  async find(causes: readonly string[], limit: number): Promise<MessageLink[]> {
    const rows = await this.database.query<Omit<MessageLink, 'kind'> & { kind: number }>(FIND_SQL, [causes, limit]);
    const kindOf = (kind: number): LinkKind =>
      kind === LINK_KINDS.progress ? 'progress' : kind === LINK_KINDS.replay ? 'replay' : 'cause';
    return rows.map((row) => ({ ...row, kind: kindOf(row.kind) }));
  }

  private async drain(): Promise<void> {
    await Promise.resolve();
    while (this.queue.length > 0) await this.write(this.queue.splice(0, MAX_BATCH));
    this.running = undefined;
  }

  private async write(batch: readonly Pending[]): Promise<void> {
    try {
      await this.database.hot.query({ name: 'note-links', text: NOTE_SQL, values: parametersOf(batch.map(({ link }) => link)) });
      for (const { resolve } of batch) resolve();
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}

function parametersOf(links: readonly MessageLink[]): unknown[] {
  return [
    links.map(({ cause }) => cause),
    links.map(({ sender }) => sender),
    links.map(({ messageId }) => messageId),
    links.map(({ kind }) => LINK_KINDS[kind]),
  ];
}
