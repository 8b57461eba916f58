import { Injectable } from '@nestjs/common';
import { In, Not, type SelectQueryBuilder } from 'typeorm';
import { Database } from '../database/database.js';
import type { Transaction } from '../database/unit-of-work.js';
import type { ConnectionId, FederationId, OrganizationId, TwinId } from '../kernel/ids.js';
import { organizationOf, type Principal } from '../security/principal.js';
import type { ConnectionTerms } from './adaptation/terms-of-plan.js';
import { type ConnectedFeature, type ConnectedNeed, Connection } from './connection.entity.js';
import { COUNT_BY_STATE, EXPIRE_DUE, EXPIRE_ONE, pageOfConnections, REQUEST_CONNECTION } from './connection.queries.js';
import { type ConnectionState, ENDED_CONNECTION_STATES } from './connection-state.js';

/** A connection about to be requested. */
export interface ConnectionDraft {
  readonly id: ConnectionId;
  readonly federationId: FederationId;
  readonly requester: TwinId;
  readonly requesterOrganization: OrganizationId;
  readonly responder: TwinId;
  readonly responderOrganization: OrganizationId;
  readonly features: readonly ConnectedFeature[];
  readonly needs: readonly ConnectedNeed[];
  readonly terms: ConnectionTerms;
  readonly expiresInSeconds: number;
}

/** What a list of connections is narrowed to. */
export interface ConnectionFilter {
  readonly federationId?: FederationId;
  /** Either side. */
  readonly twin?: TwinId;
  readonly state?: ConnectionState;
}

const ESTABLISHED: ConnectionState[] = ['CONNECTED', 'SUSPENDED', 'LOST'];

/** What is told of a request that has run out. */
export type ExpiredRequest = Pick<Connection, 'id' | 'federationId' | 'requester' | 'responder' | 'planVersion' | 'reason'> & {
  previous: ConnectionState;
};

/** Persistence of connections. States are written by StateWriter alone, but for creation and expiry, which are single statements. */
@Injectable()
export class ConnectionRepository {
  constructor(private readonly database: Database) {}

  /** Requests it, or a new incarnation after its end; undefined when the id is in use or was another organization's. */
  async create(tx: Transaction, draft: ConnectionDraft): Promise<Connection | undefined> {
    const [made] = await tx.query<{ id: ConnectionId }>(REQUEST_CONNECTION, [
      draft.id,
      draft.federationId,
      draft.requester,
      draft.requesterOrganization,
      draft.responder,
      draft.responderOrganization,
      JSON.stringify(draft.features),
      draft.expiresInSeconds,
      JSON.stringify(draft.needs),
      JSON.stringify(draft.terms),
    ]);
    return made === undefined ? undefined : tx.manager.findOneByOrFail(Connection, { id: made.id });
  }

  /** The connection, if the principal's organization has a side in it or it is an operator. */
  async findVisible(principal: Principal, id: ConnectionId, tx?: Transaction): Promise<Connection | undefined> {
    return (await this.visible(principal, id, tx).getOne()) ?? undefined;
  }

  /** The same, holding its row lock; to be taken after the federation's. */
  async lockVisible(tx: Transaction, principal: Principal, id: ConnectionId): Promise<Connection | undefined> {
    return (await this.visible(principal, id, tx).setLock('pessimistic_write').getOne()) ?? undefined;
  }

  /** Open connections of a federation, or of one twin in it, locked in the order of their ids. */
  lockOpen(tx: Transaction, federationId: FederationId, twin?: TwinId): Promise<Connection[]> {
    const open = { federationId, state: Not(In([...ENDED_CONNECTION_STATES])) };
    return tx.manager.find(Connection, {
      where:
        twin === undefined
          ? open
          : [
              { ...open, requester: twin },
              { ...open, responder: twin },
            ],
      order: { id: 'ASC' },
      lock: { mode: 'pessimistic_write' },
    });
  }

  /** CONNECTED, SUSPENDED and LOST connections of a federation; nobody changes these without the federation's lock. */
  established(tx: Transaction, federationId: FederationId): Promise<Connection[]> {
    return tx.manager.find(Connection, { where: { federationId, state: In(ESTABLISHED) }, order: { id: 'ASC' } });
  }

  /** Ends up to `limit` requests whose time is over. */
  expireDue(tx: Transaction, limit: number): Promise<ExpiredRequest[]> {
    return tx.query<ExpiredRequest>(EXPIRE_DUE, [limit]);
  }

  /** Ends this request if its time is over. */
  expireOne(tx: Transaction, id: ConnectionId): Promise<ExpiredRequest[]> {
    return tx.query<ExpiredRequest>(EXPIRE_ONE, [id]);
  }

  /** Whether the time for answering it is over, by the database's clock. */
  async isOver(id: ConnectionId, tx?: Transaction): Promise<boolean> {
    const executor = tx ?? this.database;
    const [row] = await executor.query<{ over: boolean }>('SELECT expires_at <= clock_timestamp() AS over FROM connection WHERE id = $1', [
      id,
    ]);
    return row?.over ?? false;
  }

  /** How many connections the federation has in each state, past ones included. */
  countByState(federationId: FederationId): Promise<{ state: ConnectionState; count: number }[]> {
    return this.database.query(COUNT_BY_STATE, [federationId]);
  }

  /** Up to `limit` connections that the principal may see, by id, beyond `after`. */
  list(principal: Principal, filter: ConnectionFilter, after: string, limit: number): Promise<Connection[]> {
    const organization = organizationOf(principal);
    const given = { federationId: filter.federationId !== undefined, twin: filter.twin !== undefined, state: filter.state !== undefined };
    return this.database.dataSource.manager
      .createQueryBuilder(Connection, 'c')
      .where(`c.id IN (${pageOfConnections(organization === undefined, given)})`, { ...filter, organization, after, limit })
      .orderBy('c.id')
      .limit(limit)
      .getMany();
  }

  private visible(principal: Principal, id: ConnectionId, tx?: Transaction): SelectQueryBuilder<Connection> {
    const query = (tx?.manager ?? this.database.dataSource.manager).createQueryBuilder(Connection, 'c').where('c.id = :id', { id });
    const organization = organizationOf(principal);
    if (organization === undefined) return query;
    return query.andWhere('(c.requester_organization = :organization OR c.responder_organization = :organization)', { organization });
  }
}
