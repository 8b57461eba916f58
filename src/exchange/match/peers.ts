import { Injectable } from '@nestjs/common';
import { ConnectionDirectory, type LiveConnection } from '../../federation/connection-directory.js';
import type { TwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import type { Envelope } from '../../vocabulary/envelope.js';

/** A twin that a connection with the sender joins for the feature that the message names. */
export interface Peer {
  readonly id: TwinId;
  readonly connection: LiveConnection;
}

/** @throws DomainError `validation-failed` for what only goes to a twin that is named */
export function requireMatchable({ data }: Envelope): void {
  const { action, object } = data;
  const isCall = action === 'INVOKE' && object.type === 'function';
  const isData = object.type === 'data' && (action === 'RETRIEVE' || action === 'PROVIDE' || action === 'NOTIFY');
  if (isCall || isData) return;
  throw new DomainError(
    'validation-failed',
    `/header/receiver/match finds receivers of INVOKE, and of RETRIEVE, PROVIDE and NOTIFY of data; ${action} on ${object.type} names its receiver.`,
    { pointer: '/header/receiver/match' },
  );
}

/** Finds whom a sender is connected to for what its message is about. */
@Injectable()
export class Peers {
  constructor(private readonly connections: ConnectionDirectory) {}

  /** One entry a twin: its CONNECTED connection where there is one, else the oldest that covers the feature. */
  async of(sender: TwinId, { header, data }: Envelope): Promise<Peer[]> {
    const kind = data.action === 'INVOKE' ? 'function' : 'data';
    const isProvided = data.action === 'PROVIDE' || data.action === 'NOTIFY';
    const peers = new Map<TwinId, Peer>();
    for (const connection of await this.connections.of(sender)) {
      if (header.connectionId !== undefined && connection.id !== header.connectionId) continue;
      if (header.federationId !== undefined && connection.federationId !== header.federationId) continue;
      const id = connection.requester === sender ? connection.responder : connection.requester;
      const owner = isProvided ? sender : id;
      if (!connection.features.some((each) => each.twin === owner && each.kind === kind && each.name === data.object.id)) continue;
      const known = peers.get(id);
      if (known === undefined || (known.connection.state !== 'CONNECTED' && connection.state === 'CONNECTED'))
        peers.set(id, { id, connection });
    }
    return [...peers.values()];
  }
}
