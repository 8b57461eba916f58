import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { ConnectionDirectory, type LiveConnection } from '../../federation/connection-directory.js';
import { fingerprint } from '../../kernel/canonical-json.js';
import { parseTwinId, type TwinId } from '../../kernel/ids.js';
import { type ProblemCode, PROBLEMS } from '../../problems/catalogue.js';
import { DomainError } from '../../problems/domain-error.js';
import { TwinDirectory } from '../../registry/twin-directory.js';
import type { Principal } from '../../security/principal.js';
import type { Envelope } from '../../vocabulary/envelope.js';
import { isStream, KIND_NUMBERS, type NewLogRow, type Position, TRAITS } from '../log/log-row.js';
import { AcceptanceChecks } from '../message/acceptance-checks.js';
import { FeatureValidation } from '../message/feature-validation.js';
import type { IncomingMessage } from '../message/incoming-message.js';
import { newRow, type Placement } from '../message/new-row.js';
import { PeerRouting } from '../message/peer-routing.js';
import { isProgress, ProgressRouting } from '../message/progress-routing.js';
import type { Skipped } from './replay-job.js';

/** A message of the past. */
export interface PastMessage {
  /** Where it was read: an inbox or a stream. */
  channel: string;
  position: Position;
  lane: number;
  kind: number;
  sender: string;
  orderingKey: string;
  /** Whether it is a REQUEST that awaited an answer. */
  awaited: boolean;
  /** Whether it was a replay itself. */
  replayed: boolean;
  envelope: string;
  payload: string | null;
}

/** How a message is delivered again. */
export interface RedeliveryTerms {
  /** Names the replay: what it delivers is recognised by it, and has an order of its own under it. */
  replay: string;
  /** Whether REQUESTs are sent again. */
  requests: boolean;
}

/** The row to append, or why there is none. */
export type Redelivery = { row: NewLogRow; replayOf: string } | { skipped: Skipped | ProblemCode };

/**
 * Makes of a past message its new delivery: checked against today's connections, schemas and limits as if it were sent now, marked, outside the
 * order of what is sent now. The same message of the same replay always gets the same id, so that appending it twice is refused.
 */
@Injectable()
export class Redeliveries {
  constructor(
    private readonly twins: TwinDirectory,
    private readonly connections: ConnectionDirectory,
    private readonly routing: PeerRouting,
    private readonly progress: ProgressRouting,
    private readonly validation: FeatureValidation,
    private readonly checks: AcceptanceChecks,
    private readonly config: Config,
  ) {}

  /** Makes the new delivery of a message to a receiver. @throws DomainError only for what passes by itself, to be tried again */
  async make(receiver: TwinId, past: PastMessage, terms: RedeliveryTerms): Promise<Redelivery> {
    if (past.awaited && !terms.requests) return { skipped: 'request' };
    try {
      return await this.checked(receiver, past, terms);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      const { http } = PROBLEMS[error.code];
      if (http === 429 || http === 500 || http === 503) throw error;
      return { skipped: error.code };
    }
  }

  private async checked(receiver: TwinId, past: PastMessage, terms: RedeliveryTerms): Promise<Redelivery> {
    const original = JSON.parse(past.envelope) as Envelope;
    const envelope = past.awaited ? askedAgain(original, receiver, past, terms) : readdressed(original, receiver);
    const message: IncomingMessage = {
      envelope,
      ...(past.payload === null ? {} : { payload: { text: past.payload, value: JSON.parse(past.payload) as unknown } }),
      fingerprint: fingerprint(envelope),
      hasOwnId: false,
    };
    const { sender } = envelope.header;
    const twin = sender.role === 'DT' ? await this.twins.find(parseTwinId(sender.id)) : undefined;
    if (sender.role === 'DT' && twin === undefined) return { skipped: 'sender-gone' };
    // What is asked of the sender today is asked in the name of the sender alone.
    const principal: Principal | undefined =
      twin === undefined ? undefined : { kind: 'twin', organization: twin.owner, twin: twin.id, subject: 'replay' };
    const placement =
      principal === undefined || twin === undefined ? this.inbox(receiver) : await this.place(principal, twin.id, receiver, message, past);
    const made = newRow(message, placement);
    const row: NewLogRow = {
      ...made,
      channel: receiver,
      lane: past.lane,
      orderingKey: `replay ${terms.replay} ${past.orderingKey}`,
      // The space keeps it apart from every id that a sender may choose.
      messageId: past.awaited ? made.messageId : `replay ${terms.replay} ${past.position}`,
      notBefore: null,
      traits: made.traits | TRAITS.replayed,
    };
    if (principal !== undefined && twin !== undefined) await this.checks.check({ principal, sender: twin.id, message, row });
    return { row, replayOf: original.header.messageId };
  }

  private inbox(receiver: TwinId): Placement {
    return { channel: receiver, retentionMs: this.config.messageRetentionSeconds * 1_000 };
  }

  private async place(
    principal: Principal,
    sender: TwinId,
    receiver: TwinId,
    message: IncomingMessage,
    past: PastMessage,
  ): Promise<Placement> {
    const { header, data } = message.envelope;
    if (isStream(past.channel)) {
      const connection = await this.covering(sender, receiver, 'data', sender, data.object.id);
      const feature = connection.features.find((each) => each.twin === sender && each.kind === 'data' && each.name === data.object.id);
      await this.validation.check(message, sender, feature?.schema, data.object.id ?? '', feature);
      return { ...this.inbox(receiver), connectionId: connection.id, planVersion: connection.planVersion };
    }
    if (isProgress(message.envelope)) return this.progress.place(sender, message);
    if (past.kind === KIND_NUMBERS.RESPONSE) {
      const kind = data.action === 'INVOKE' ? 'function' : data.action === 'RETRIEVE' && data.object.type === 'data' ? 'data' : undefined;
      if (kind === undefined) return this.inbox(receiver);
      const connection = await this.covering(sender, receiver, kind, sender, data.object.id);
      return { ...this.inbox(receiver), connectionId: connection.id, planVersion: connection.planVersion };
    }
    // News of federations and connections, which the broker wrote in the name of the other twin.
    if (header.messageType === 'REQUEST' && !past.awaited) return this.inbox(receiver);
    return this.routing.delivery(principal, sender, message);
  }

  /** The open connection that carries a feature between the two. @throws DomainError `state-conflict` */
  private async covering(
    one: TwinId,
    other: TwinId,
    kind: 'data' | 'function',
    owner: TwinId,
    name: string | undefined,
  ): Promise<LiveConnection> {
    const between = await this.connections.between(one, other);
    const open = between.find(
      ({ state, features }) =>
        state === 'CONNECTED' && features.some((each) => each.twin === owner && each.kind === kind && each.name === name),
    );
    if (open !== undefined) return open;
    throw new DomainError('state-conflict', `No open connection between ${one} and ${other} covers the ${kind} ${name ?? '(none named)'}.`);
  }
}

/** The message as another twin of the same owner gets it; unchanged when the receiver is the same, or it names none. */
function readdressed(envelope: Envelope, receiver: TwinId): Envelope {
  const { header, data } = envelope;
  if (header.receiver === undefined || header.receiver.id === receiver) return envelope;
  return { header: { ...header, receiver: { ...header.receiver, id: receiver } }, data };
}

/** A new REQUEST for the same. */
function askedAgain({ header, data }: Envelope, receiver: TwinId, past: PastMessage, { replay }: RedeliveryTerms): Envelope {
  const { notBefore: _notBefore, connectionId: _connectionId, ...kept } = header;
  return {
    header: {
      ...kept,
      messageId: idOf(replay, past.position),
      replayOf: header.messageId,
      timestamp: new Date().toISOString(),
      receiver: { id: receiver, role: 'DT' },
    },
    data,
  };
}

/** A UUID that follows from the replay and the message. */
function idOf(replay: string, position: Position): string {
  const hex = createHash('sha256').update(`${replay} ${position}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
