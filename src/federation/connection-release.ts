import { Inject, Injectable } from '@nestjs/common';
import type { Transaction } from '../database/unit-of-work.js';
import type { FederationId, TwinId } from '../kernel/ids.js';
import type { Connection } from './connection.entity.js';
import { ConnectionRepository } from './connection.repository.js';
import { nextConnectionState } from './connection-state.js';
import { connectionWire } from './dto/connection.dto.js';
import { PEER_NOTIFIER, type PeerNotifier } from './peer-notifier.js';
import { StateWriter } from './state-writer.js';

/** On whose behalf a connection ends, and why. */
export interface ReleaseCause {
  readonly by: TwinId;
  readonly reason?: string;
}

/** The one way in which connections are released: by a side, by leaving a federation, by its dissolution. */
@Injectable()
export class ConnectionRelease {
  constructor(
    private readonly connections: ConnectionRepository,
    private readonly states: StateWriter,
    @Inject(PEER_NOTIFIER) private readonly peers: PeerNotifier,
  ) {}

  /**
   * Releases an open connection and tells each side that did not ask for it. The caller holds the locks of federation and connection.
   * @throws DomainError `state-conflict` when it has ended
   */
  async release(tx: Transaction, connection: Connection, { by, reason }: ReleaseCause): Promise<Connection> {
    const state = nextConnectionState(connection.id, connection.state, 'release');
    const released = await this.states.moveConnection(tx, connection, [state], { reason });
    const object = { type: 'connection', id: released.id } as const;
    for (const to of [released.requester, released.responder]) {
      if (to !== by) await this.peers.tell(tx, { from: by, to, action: 'DISCONNECT', object, payload: connectionWire(released) });
    }
    return released;
  }

  /** Releases every open connection of the federation, or of one twin in it, in the order of their ids. */
  async releaseAll(tx: Transaction, federationId: FederationId, cause: ReleaseCause, twin?: TwinId): Promise<void> {
    for (const connection of await this.connections.lockOpen(tx, federationId, twin)) await this.release(tx, connection, cause);
  }
}
