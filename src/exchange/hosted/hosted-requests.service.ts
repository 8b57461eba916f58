import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { UnitOfWork } from '../../database/unit-of-work.js';
import { parseTwinId, type TwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import { TwinDirectory } from '../../registry/twin-directory.js';
import type { Principal } from '../../security/principal.js';
import { ADAPTOR_PARTY, type Envelope, REGISTRY_PARTY } from '../../vocabulary/envelope.js';
import { TransactionLog } from '../log/transaction-log.js';
import { BrokerAnswers } from '../request/broker-answers.js';
import type { IncomingMessage } from '../message/incoming-message.js';
import { newRow } from '../message/new-row.js';
import { AdaptationRequests } from './adaptation-requests.js';
import { DictionaryRequests } from './dictionary-requests.js';
import { type HostedHandler, type HostedRequest, inPayload } from './hosted-request.js';
import { OrchestrationRequests } from './orchestration-requests.js';
import { SpokenTransactions } from './spoken-transactions.js';
import { RegistryRequests } from './registry-requests.js';
import { SubscriptionRequests } from './subscription-requests.js';

/** Whether the broker answers a REQUEST itself. What two twins ask each other (INVOKE, RETRIEVE of data, …) it only carries. */
export function isHosted({ header, data }: Envelope): boolean {
  if (header.messageType !== 'REQUEST') return false;
  if (header.receiver?.role !== 'DT') return true;
  if (data.action === 'RETRIEVE') return data.object.type === 'federationStatus' || data.object.type === 'communicationStatus';
  return data.action !== 'INVOKE';
}

/**
 * Carries out REQUESTs that the broker answers itself. The effect, the REQUEST with its message id, and the one RESPONSE commit together: a
 * repeat gets the same RESPONSE, a refusal leaves nothing.
 */
@Injectable()
export class HostedRequests {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly registry: RegistryRequests,
    private readonly dictionary: DictionaryRequests,
    private readonly adaptation: AdaptationRequests,
    private readonly orchestration: OrchestrationRequests,
    private readonly subscriptions: SubscriptionRequests,
    private readonly answers: BrokerAnswers,
    private readonly twins: TwinDirectory,
    private readonly spoken: SpokenTransactions,
    private readonly log: TransactionLog,
    private readonly config: Config,
  ) {}

  /** Carries out the request; resolves when it is committed. @throws DomainError when it is refused */
  async carryOut(caller: Principal, sender: TwinId, message: IncomingMessage): Promise<void> {
    const { envelope } = message;
    const isPeer = envelope.header.receiver?.role === 'DT';
    const peer = isPeer ? await this.peer(caller, envelope) : undefined;
    const principal: Principal =
      caller.kind === 'organization' ? { kind: 'twin', organization: caller.organization, twin: sender, subject: caller.subject } : caller;
    try {
      await this.uow.run(async (tx) => {
        this.spoken.begin(tx, envelope.header);
        if (peer !== undefined) this.spoken.mark(tx, peer);
        const request: HostedRequest = { principal, caller, sender, envelope, payload: message.payload?.value, tx };
        const { code, payload } = await this.handlerOf(request)(request);
        const isForRegistry = envelope.header.receiver?.role === 'REGISTRY';
        const from = isForRegistry ? REGISTRY_PARTY : ADAPTOR_PARTY;
        const answer = this.answers.row({ requester: sender, messageId: envelope.header.messageId }, envelope, { code, payload, from });
        const row = newRow(withObjectId(message, payload), {
          channel: peer ?? from.id,
          retentionMs: this.config.messageRetentionSeconds * 1_000,
        });
        this.log.append(tx, row, answer);
      });
    } catch (error) {
      throw inPayload(error);
    }
  }

  private async peer(caller: Principal, { header }: Envelope): Promise<TwinId> {
    const id = parseTwinId(header.receiver?.id);
    if ((await this.twins.find(id)) === undefined || !(await this.twins.isVisible(caller, id))) {
      throw new DomainError('receiver-unknown', `There is no twin ${id}.`, { pointer: '/header/receiver/id' });
    }
    return id;
  }

  private handlerOf(request: HostedRequest): HostedHandler {
    const { action, object } = request.envelope.data;
    if (action === 'SUBSCRIBE' || action === 'UNSUBSCRIBE') return (each) => this.subscriptions.handle(each);
    switch (object.type) {
      case 'digitalTwin':
      case 'feature':
        return (each) => this.registry.handle(each);
      case 'federation':
      case 'connection':
      case 'federationStatus':
      case 'communicationStatus':
        return (each) => this.orchestration.handle(each);
      case 'semanticTerm':
        return (each) => this.dictionary.handle(each);
      case 'data':
      case 'function':
      case 'adaptationProfile':
        return (each) => this.adaptation.handle(each);
    }
  }
}

/** The message as its receiver gets it: with the id of the thing that it made, where the sender left that to the broker. */
function withObjectId(message: IncomingMessage, made: unknown): IncomingMessage {
  const { header, data } = message.envelope;
  if (data.object.id !== undefined || typeof made !== 'object' || made === null || !('id' in made) || typeof made.id !== 'string')
    return message;
  return { ...message, envelope: { header, data: { ...data, object: { ...data.object, id: made.id } } } };
}
