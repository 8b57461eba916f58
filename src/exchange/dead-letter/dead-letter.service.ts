import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import { UnitOfWork } from '../../database/unit-of-work.js';
import { fingerprint } from '../../kernel/canonical-json.js';
import type { TwinId } from '../../kernel/ids.js';
import { clampLimit, decodeSequenceCursor, encodeCursor, type Page } from '../../kernel/page.js';
import { Audit } from '../../security/audit.js';
import type { Principal } from '../../security/principal.js';
import type { Position } from '../log/log-row.js';
import { DISCARD_MEANT_SQL, LIST_DEAD_SQL, LOSS_SQL } from './dead-letter.queries.js';
import { filterParameters, type LetterFilter } from './letter-filter.js';
import type { DeadLetterReason } from './reason.js';

/** A dead letter with its message. */
export interface DeadLetter {
  receiver: TwinId;
  /** Its id within the inbox: where its message lay in the log. */
  position: Position;
  lane: number;
  sender: string;
  messageId: string;
  reasonCode: DeadLetterReason;
  /** In words; those of the consumer when it was given back. */
  reason: string;
  /** Failed deliveries. */
  attempts: number;
  diedAt: Date;
  /** Where it was read: the receiver's inbox, or a stream. */
  channel: string | null;
  kind: number;
  action: string | null;
  objectType: string | null;
  objectId: string | null;
  orderingKey: string | null;
  /** A REQUEST that awaited an answer, and got PEER_UNREACHABLE or ADAPTATION_UNSUPPORTED. */
  awaited: boolean;
  acceptedAt: Date | null;
  replayedAt: Date | null;
  replays: number;
  envelope: string;
  payload: string | null;
  /** JSON of the failure, when it could not be adapted. */
  adaptation: string | null;
}

/** How many dead letters of an inbox went before somebody looked. */
export interface DeadLetterLoss {
  overLimit: number;
  overAge: number;
  lastAt: Date;
}

/** A page, with what was lost. */
export type DeadLetterPage = Page<DeadLetter> & { lost?: DeadLetterLoss };

const POSITION = /^\d{1,18}$/;

/** What a receiver does with its dead letters beside replaying them. Who may is decided by the caller. */
@Injectable()
export class DeadLetterService {
  constructor(
    private readonly database: Database,
    private readonly uow: UnitOfWork,
    private readonly audit: Audit,
  ) {}

  /** A page of dead letters, oldest message first. @throws InvalidCursor for a cursor of another list or filter */
  async list(receiver: TwinId, filter: LetterFilter, limit?: number, cursor?: string): Promise<DeadLetterPage> {
    const size = clampLimit(limit);
    const kind = `dead-letters:${receiver}:${fingerprint(JSON.parse(JSON.stringify(filter))).toString('base64url')}`;
    const after = cursor === undefined ? '0' : decodeSequenceCursor(kind, cursor);
    const [rows, [lost]] = await Promise.all([
      this.database.query<DeadLetter>(LIST_DEAD_SQL, [receiver, after, size + 1, ...filterParameters(filter)]),
      this.database.query<{ overLimit: string; overAge: string; lastAt: Date }>(LOSS_SQL, [receiver]),
    ]);
    const items = rows.slice(0, size);
    const last = items.at(-1);
    return {
      items,
      ...(rows.length > size && last !== undefined ? { next: encodeCursor(kind, [last.position]) } : {}),
      ...(lost === undefined ? {} : { lost: { overLimit: Number(lost.overLimit), overAge: Number(lost.overAge), lastAt: lost.lastAt } }),
    };
  }

  /** Discards one for good; one that is not there is gone already. */
  async discard(principal: Principal, receiver: TwinId, id: string): Promise<void> {
    if (POSITION.test(id)) await this.discardMeant(principal, receiver, { ids: [id] });
  }

  /** Discards those that are meant for good; gives how many. */
  async discardMeant(principal: Principal, receiver: TwinId, filter: LetterFilter): Promise<number> {
    return this.uow.run(async (tx) => {
      const gone = await tx.query(DISCARD_MEANT_SQL, [receiver, ...filterParameters(filter)]);
      if (gone.length > 0) {
        const detail = { discarded: gone.length, filter: JSON.parse(JSON.stringify(filter)) as Record<string, unknown> };
        this.audit.record(tx, { principal, action: 'dead-letter.discard-meant', subject: receiver, detail });
      }
      return gone.length;
    });
  }
}
