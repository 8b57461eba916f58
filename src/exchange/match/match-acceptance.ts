import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { SEAL_MESSAGES, UnitOfWork } from '../../database/unit-of-work.js';
import type { TwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import { readInstant } from '../../registry/instant.js';
import type { Principal } from '../../security/principal.js';
import { ADAPTOR_PARTY, type MatchReceiver, type Party } from '../../vocabulary/envelope.js';
import { type NewLogRow, TRAITS } from '../log/log-row.js';
import { TransactionLog } from '../log/transaction-log.js';
import { AcceptanceChecks } from '../message/acceptance-checks.js';
import type { IncomingMessage } from '../message/incoming-message.js';
import { newRow } from '../message/new-row.js';
import { PeerRouting } from '../message/peer-routing.js';
import { noteStatement } from './match.queries.js';
import { type MatchCandidate, partId } from './match-request.js';
import { MatchResolver, type Resolution } from './match-resolver.js';
import { MATCH_POINTER, type NearMiss } from './near-misses.js';

/** After the append whose acceptance it reads, before domain events. */
const AFTER_MESSAGES = SEAL_MESSAGES + 0.5;
/** Bytes that the copies of one message may take together. */
const MAX_COPIES_BYTES = 32 * 1024 * 1024;
/** Near misses that a refusal tells of. */
const MAX_HINTS = 5;

/** Who gets a message, who would be asked next, and who does not get it although it matches. */
export interface MatchPlan {
  /** In order; the first, or with `all` each of them, gets it. */
  readonly placed: readonly { candidate: MatchCandidate; row: NewLogRow }[];
  readonly refused: readonly NearMiss[];
  readonly resolution: Resolution;
}

/** Accepts messages whose receiver is given by what it matches: resolution, message and who was asked commit together. */
@Injectable()
export class MatchAcceptance {
  constructor(
    private readonly resolver: MatchResolver,
    private readonly routing: PeerRouting,
    private readonly checks: AcceptanceChecks,
    private readonly uow: UnitOfWork,
    private readonly log: TransactionLog,
    private readonly config: Config,
  ) {}

  /**
   * Resolves and stores a message; resolves when it is committed.
   * @throws DomainError `no-candidate` with what is near and what it lacks, and why an only candidate cannot get it
   */
  async accept(principal: Principal, sender: TwinId, message: IncomingMessage, wish: MatchReceiver): Promise<void> {
    const plan = await this.plan(principal, sender, message, wish);
    const [chosen] = plan.placed;
    if (chosen === undefined) throw await this.refusal(principal, plan);
    const { header } = message.envelope;
    const { messageId } = header;
    const together = wish.policy === 'all';
    const rows = together ? this.partsOf(message, plan) : [chosen.row];
    const isAwaited = header.messageType === 'REQUEST' && !together && wish.attemptTimeoutMs !== undefined;
    const asked = (together ? plan.placed : [chosen]).map(({ candidate: { receiver } }) => ({
      receiver,
      partId: together ? partId(messageId, receiver) : messageId,
    }));
    await this.uow.run(async (tx) => {
      this.log.append(tx, ...rows);
      tx.seal(AFTER_MESSAGES, () =>
        noteStatement({
          requester: sender,
          messageId,
          policy: wish.policy,
          query: JSON.stringify(wish.match),
          attemptTimeoutMs: wish.attemptTimeoutMs ?? null,
          firstAttemptMs: isAwaited ? (wish.attemptTimeoutMs ?? 0) + this.delayOf(message) : null,
          candidates: plan.placed.map(({ candidate }) => candidate),
          asked,
        }),
      );
      return Promise.resolve();
    });
  }

  /** Who would get the message now. Stores nothing. @throws DomainError for what is wrong with the message whoever got it */
  async plan(principal: Principal, sender: TwinId, message: IncomingMessage, wish: MatchReceiver): Promise<MatchPlan> {
    const resolution = await this.resolver.resolve(principal, sender, message, wish);
    const placed: { candidate: MatchCandidate; row: NewLogRow }[] = [];
    const refused: NearMiss[] = [];
    let misfit: DomainError | undefined;
    for (const candidate of resolution.preferred) {
      const addressed = wish.policy === 'all' ? asPart(message, candidate.receiver) : addressedTo(message, dt(candidate.receiver));
      try {
        const placement = await this.routing.delivery(principal, sender, addressed);
        const plain = newRow(addressed, placement);
        const row = { ...plain, traits: plain.traits | TRAITS.matched };
        // Those that come later get it only if this one does not: what they refuse today says nothing of then.
        if (wish.policy === 'all' || placed.length === 0) await this.checks.check({ principal, sender, message: addressed, row });
        placed.push({ candidate: { ...candidate, ...connectionOf(row, candidate) }, row });
      } catch (error) {
        if (!isAboutReceiver(error)) throw error;
        if (error.code === 'payload-invalid') misfit ??= error;
        refused.push({ receiver: candidate.receiver, reason: 'refused', detail: error.detail });
      }
    }
    if (placed.length === 0 && misfit !== undefined) throw misfit;
    return { placed, refused, resolution };
  }

  /** Why the others do not get it, of those that the principal may see. */
  async others(principal: Principal, { refused, resolution }: MatchPlan, limit: number): Promise<NearMiss[]> {
    return [...refused, ...(await this.resolver.others(principal, resolution, limit))].slice(0, limit);
  }

  /** The refusal of a message that nobody can get. */
  async refusal(principal: Principal, plan: MatchPlan): Promise<DomainError> {
    const others = await this.others(principal, plan, MAX_HINTS);
    return new DomainError(
      'no-candidate',
      'No twin that is connected for this feature, healthy and visible to the sender matches; others says which came near and what they miss.',
      { pointer: MATCH_POINTER, extensions: { others } },
    );
  }

  /** The whole, which the broker keeps for itself, and its parts. @throws DomainError `payload-too-large` */
  private partsOf(message: IncomingMessage, { placed }: MatchPlan): NewLogRow[] {
    const bytes = placed.length * (message.payload?.text.length ?? 0);
    if (bytes > MAX_COPIES_BYTES) {
      throw new DomainError(
        'payload-too-large',
        `${placed.length} copies of the payload would take ${bytes} bytes; send it by reference.`,
        {
          pointer: '/data/payload',
        },
      );
    }
    const whole = newRow(addressedTo(message, ADAPTOR_PARTY), {
      channel: ADAPTOR_PARTY.id,
      answerable: message.envelope.header.messageType === 'REQUEST',
      retentionMs: this.config.messageRetentionSeconds * 1_000,
    });
    return [{ ...whole, traits: whole.traits | TRAITS.matched }, ...placed.map(({ row }) => row)];
  }

  /** How long the message is not to be delivered yet, in milliseconds; the first attempt's time runs from then on. */
  private delayOf({ envelope }: IncomingMessage): number {
    const notBefore = readInstant(envelope.header.notBefore);
    return notBefore === undefined ? 0 : Math.max(0, Date.parse(notBefore) - Date.now());
  }
}

function dt(id: string): Party {
  return { id, role: 'DT' };
}

function addressedTo(message: IncomingMessage, receiver: Party): IncomingMessage {
  const { header, data } = message.envelope;
  return { ...message, match: undefined, envelope: { header: { ...header, receiver }, data } };
}

function asPart(message: IncomingMessage, receiver: TwinId): IncomingMessage {
  const { envelope, ...rest } = addressedTo(message, dt(receiver));
  const { messageId } = envelope.header;
  return {
    ...rest,
    envelope: { ...envelope, header: { ...envelope.header, messageId: partId(messageId, receiver), causationId: messageId } },
  };
}

/** The connection that routing has chosen, as of now. */
function connectionOf(row: NewLogRow, candidate: MatchCandidate): Pick<MatchCandidate, 'connectionId' | 'planVersion'> {
  return { connectionId: row.connectionId ?? candidate.connectionId, planVersion: row.planVersion ?? candidate.planVersion };
}

/** Whether a refusal is about this candidate, so that another may get the message. */
function isAboutReceiver(error: unknown): error is DomainError {
  if (!(error instanceof DomainError)) return false;
  if (['payload-invalid', 'schema-unresolvable', 'state-conflict', 'receiver-unknown'].includes(error.code)) return true;
  return error.pointer?.startsWith('/header/receiver') === true;
}
