import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { ConnectionDirectory, type ConnectedFeature, type LiveConnection, type ServedNeed } from '../../federation/connection-directory.js';
import { parseConnectionId, parseTwinId, type TwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import { type DirectoryTwin, TwinDirectory } from '../../registry/twin-directory.js';
import type { Principal } from '../../security/principal.js';
import { Adaptations } from '../adaptation/adaptations.js';
import { type LogRow, streamChannel } from '../log/log-row.js';
import { FeatureValidation } from './feature-validation.js';
import type { IncomingMessage } from './incoming-message.js';
import type { Placement } from './new-row.js';

/** A connection and the feature it carries for a message. */
interface Route {
  connection: LiveConnection;
  feature: ConnectedFeature;
}

/** Finds the way of a message from twin to twin: who may receive it, over which connection, in which form. */
@Injectable()
export class PeerRouting {
  constructor(
    private readonly twins: TwinDirectory,
    private readonly connections: ConnectionDirectory,
    private readonly validation: FeatureValidation,
    private readonly adaptations: Adaptations,
    private readonly config: Config,
  ) {}

  private get retentionMs(): number {
    return this.config.messageRetentionSeconds * 1_000;
  }

  /** Places a NOTIFY on a data feature of the sender's own into the feature's stream. */
  async publication(sender: TwinId, message: IncomingMessage): Promise<Placement> {
    const { object } = message.envelope.data;
    if (object.type !== 'data') {
      throw new DomainError('action-not-applicable', 'Only data of one’s own is published; the broker itself tells of statuses.', {
        pointer: '/data/object/type',
      });
    }
    const twin = await this.twins.find(sender);
    const feature = twin?.features.find((each) => each.kind === 'data' && each.name === object.id);
    if (feature === undefined) throw unknownFeature('data feature', object.id, sender);
    await this.validation.check(message, sender, feature.schema, feature.name, feature);
    return { channel: streamChannel('feature', sender, feature.name), retentionMs: this.retentionMs, isStream: true };
  }

  /**
   * What {@link delivery} gives for data and calls, when everything is in memory, nothing speaks against it and the payload fits; undefined says nothing.
   */
  knownDelivery(principal: Principal, sender: TwinId, message: IncomingMessage): Placement | undefined {
    const { header, data } = message.envelope;
    const isProvided = data.action === 'PROVIDE' || data.action === 'NOTIFY';
    if (!isProvided && data.action !== 'INVOKE') return undefined;
    const receiver = this.twins.remembered(header.receiver?.id as TwinId);
    if (receiver === undefined || receiver.status === 'EXPIRED' || !this.twins.isPlainlyVisible(principal, receiver)) return undefined;
    const between = this.connections.rememberedBetween(sender, receiver.id);
    const found = between && this.openRoute(between, message, isProvided ? sender : receiver.id);
    if (found === undefined) return undefined;
    const { connection, feature } = found;
    if (!this.validation.isKnownToFit(message, isProvided ? feature.schema : feature.input)) return undefined;
    return {
      channel: receiver.id,
      answerable: header.messageType === 'REQUEST',
      retentionMs: this.retentionMs,
      receiverBackAt: receiver.maintenanceUntil,
      connectionId: connection.id,
      planVersion: connection.planVersion,
    };
  }

  /** The first connected way that the message may take. */
  private openRoute(between: readonly LiveConnection[], { envelope }: IncomingMessage, owner: TwinId): Route | undefined {
    const { header, data } = envelope;
    const kind = data.action === 'INVOKE' ? 'function' : 'data';
    for (const connection of between) {
      if (connection.state !== 'CONNECTED') continue;
      if (header.connectionId !== undefined && connection.id !== header.connectionId) continue;
      if (header.federationId !== undefined && connection.federationId !== header.federationId) continue;
      const feature = connection.features.find((each) => each.twin === owner && each.kind === kind && each.name === data.object.id);
      if (feature !== undefined) return { connection, feature };
    }
    return undefined;
  }

  /** Places a message to another twin into its inbox. */
  async delivery(principal: Principal, sender: TwinId, message: IncomingMessage): Promise<Placement> {
    const { header, data } = message.envelope;
    const receiver = await this.receiver(principal, message);
    const answerable = header.messageType === 'REQUEST';
    const base = { channel: receiver.id, answerable, retentionMs: this.retentionMs, receiverBackAt: receiver.maintenanceUntil };
    if (data.action === 'RETRIEVE' && data.object.type !== 'data') return base;
    const isProvided = data.action === 'PROVIDE' || data.action === 'NOTIFY';
    const { connection, feature } = await this.route(sender, receiver.id, message, isProvided ? sender : receiver.id);
    if (data.action === 'INVOKE') {
      const need = connection.needs.length === 0 ? undefined : servedNeed(connection, sender, feature);
      // Whoever calls speaks its own form, if it has one; the owner's is looked at once the payload is adapted to it.
      if (need === undefined) await this.validation.check(message, receiver.id, feature.input, feature.name, feature);
      else await this.validation.check(message, sender, need.input, need.name, need);
    }
    if (isProvided) await this.validation.check(message, sender, feature.schema, feature.name, feature);
    return { ...base, connectionId: connection.id, planVersion: connection.planVersion };
  }

  /** The schema that the payload of a successful RESPONSE must fit. */
  async checkAnswer(
    connectionId: string | null,
    responder: TwinId,
    request: IncomingMessage['envelope'],
    message: IncomingMessage,
  ): Promise<void> {
    if (connectionId === null) return;
    const connection = await this.connections.find(parseConnectionId(connectionId));
    const feature = connection?.features.find((each) => each.twin === responder && each.name === request.data.object.id);
    if (feature === undefined) return;
    const schema = request.data.action === 'INVOKE' ? feature.output : request.data.action === 'RETRIEVE' ? feature.schema : undefined;
    await this.validation.check(message, responder, schema, feature.name, feature);
  }

  /** The connection and the plan that the answer to a REQUEST goes by; nothing when there is nothing to adapt. */
  async wayBack(
    connectionId: string | null,
    asked: Pick<LogRow, 'planVersion' | 'acceptedAt'>,
  ): Promise<Pick<Placement, 'connectionId' | 'planVersion'>> {
    if (connectionId === null) return {};
    const connection = await this.connections.find(parseConnectionId(connectionId));
    const planVersion = connection?.planVersion ?? asked.planVersion;
    const version = await this.adaptations.version(connectionId, { planVersion, acceptedAt: asked.acceptedAt });
    return version === undefined || version.isIdentity ? {} : { connectionId, planVersion: version.version };
  }

  /** @throws DomainError `receiver-unknown`, `expired` */
  private async receiver(principal: Principal, message: IncomingMessage): Promise<DirectoryTwin> {
    const id = parseTwinId(message.envelope.header.receiver?.id);
    const twin = this.twins.remembered(id) ?? (await this.twins.find(id));
    if (twin === undefined || !(this.twins.isPlainlyVisible(principal, twin) || (await this.twins.isVisible(principal, id)))) {
      throw new DomainError('receiver-unknown', `There is no twin ${id}.`, { pointer: '/header/receiver/id' });
    }
    if (twin.status === 'EXPIRED') {
      throw new DomainError('expired', `The registration of ${id} has expired; it receives nothing until it is renewed.`, {
        pointer: '/header/receiver/id',
      });
    }
    return twin;
  }

  /** The connection that carries the feature between the two, which must be CONNECTED. */
  private async route(sender: TwinId, receiver: TwinId, message: IncomingMessage, owner: TwinId): Promise<Route> {
    const { header, data } = message.envelope;
    const kind = data.action === 'INVOKE' ? 'function' : 'data';
    const between = this.connections.rememberedBetween(sender, receiver) ?? (await this.connections.between(sender, receiver));
    const eligible = between.filter(
      (each) =>
        (header.connectionId === undefined || each.id === header.connectionId) &&
        (header.federationId === undefined || each.federationId === header.federationId),
    );
    const named = header.connectionId !== undefined || header.federationId !== undefined;
    if (named && eligible.length === 0 && between.length > 0) {
      const pointer = header.connectionId === undefined ? '/header/federationId' : '/header/connectionId';
      throw new DomainError(
        'policy-denied',
        `The two twins are not connected under this id; messages don’t cross from one federation to another.`,
        {
          pointer,
        },
      );
    }
    const covering = eligible.flatMap((connection) => {
      const feature = connection.features.find((each) => each.twin === owner && each.kind === kind && each.name === data.object.id);
      return feature === undefined ? [] : [{ connection, feature }];
    });
    const open = this.openRoute(eligible, message, owner);
    if (open !== undefined) return open;
    const state = covering[0]?.connection.state;
    throw new DomainError(
      'state-conflict',
      state === undefined
        ? `No open connection between ${sender} and ${receiver} covers the ${kind} ${data.object.id ?? '(none named)'}; request one with POST /v1/connections.`
        : `The connection that covers ${data.object.id ?? ''} is ${state}, not CONNECTED.`,
      { pointer: '/data/object/id' },
    );
  }
}

/** The form in which the sender calls a function of the other side, if it declared one. */
function servedNeed({ needs }: LiveConnection, sender: TwinId, { twin, name }: ConnectedFeature): ServedNeed | undefined {
  return needs.find((need) => need.kind === 'function' && need.twin === sender && need.serves.twin === twin && need.serves.name === name);
}

function unknownFeature(what: string, name: string | undefined, owner: TwinId): DomainError {
  return new DomainError('not-found', `${owner} has no ${what} ${name ?? '(none named)'}.`, { pointer: '/data/object/id' });
}
