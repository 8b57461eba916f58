import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Database } from '../database/database.js';
import { DomainEvents } from '../database/domain-events.js';
import type { ConnectionId, FederationId, TwinId } from '../kernel/ids.js';
import type { ConnectedFeature, ConnectedNeed } from './connection.entity.js';
import { OPEN_BETWEEN, OPEN_BY_ID, OPEN_OF } from './connection.queries.js';
import type { ConnectionState } from './connection-state.js';

export type { ConnectedFeature } from './connection.entity.js';

/** A need of one side, and the feature of the other that it is served by. */
export type ServedNeed = ConnectedNeed & { readonly serves: { readonly twin: TwinId; readonly name: string } };

/** An open connection as hot paths need it; shared by its readers, never changed. */
export interface LiveConnection {
  readonly id: ConnectionId;
  readonly federationId: FederationId;
  readonly requester: TwinId;
  readonly responder: TwinId;
  readonly state: ConnectionState;
  /** 0 until the connection is accepted. */
  readonly planVersion: number;
  readonly features: readonly ConnectedFeature[];
  /** The forms that a side declared for features of the other, as far as the plan serves them. */
  readonly needs: readonly ServedNeed[];
}

const MAX_CACHED_CHARACTERS = 64 * 1_048_576;

/**
 * Open connections by id, by twin and by pair of twins, cached. News of a connection drops it: in the broker that changed it before its caller
 * hears of it, in the others within about a second. A load that news overtook is handed out to those who asked before, but not kept.
 */
@Injectable()
export class ConnectionDirectory {
  private readonly cached = new LRUCache<string, readonly LiveConnection[]>({
    maxSize: MAX_CACHED_CHARACTERS,
    sizeCalculation: (connections, key) => key.length + JSON.stringify(connections).length,
  });
  private readonly loading = new Map<string, Promise<readonly LiveConnection[]>>();

  constructor(
    private readonly database: Database,
    events: DomainEvents,
  ) {
    events.subscribe(['connection.changed'], ({ subject, data }) => {
      this.forget(keyOfId(subject));
      this.forget(keyOfPair(String(data.requester), String(data.responder)));
      this.forget(keyOfTwin(String(data.requester)));
      this.forget(keyOfTwin(String(data.responder)));
    });
  }

  /** What {@link between} gives, if it is remembered. */
  rememberedBetween(one: TwinId, other: TwinId): readonly LiveConnection[] | undefined {
    return this.cached.get(keyOfPair(one, other));
  }

  /** Open connections (REQUESTED to LOST) between the two, in either direction, oldest first. */
  between(one: TwinId, other: TwinId): Promise<readonly LiveConnection[]> {
    return this.get(keyOfPair(one, other), OPEN_BETWEEN, [one, other]);
  }

  /** Open connections of a twin, oldest first. */
  of(twin: TwinId): Promise<readonly LiveConnection[]> {
    return this.get(keyOfTwin(twin), OPEN_OF, [twin]);
  }

  /** The connection while it is open; undefined when there is none, or it has ended. */
  async find(id: ConnectionId): Promise<LiveConnection | undefined> {
    return (await this.get(keyOfId(id), OPEN_BY_ID, [id]))[0];
  }

  private async get(key: string, sql: string, parameters: string[]): Promise<readonly LiveConnection[]> {
    return this.cached.get(key) ?? this.loading.get(key) ?? this.load(key, sql, parameters);
  }

  private load(key: string, sql: string, parameters: string[]): Promise<readonly LiveConnection[]> {
    const load = this.database
      .query<LiveConnection>(sql, parameters)
      .then((connections) => {
        if (this.loading.get(key) === load) this.cached.set(key, connections);
        return connections;
      })
      .finally(() => {
        if (this.loading.get(key) === load) this.loading.delete(key);
      });
    this.loading.set(key, load);
    return load;
  }

  private forget(key: string): void {
    this.cached.delete(key);
    this.loading.delete(key);
  }
}

function keyOfId(id: string): string {
  return `id ${id}`;
}

function keyOfTwin(id: string): string {
  return `twin ${id}`;
}

/** URIs hold no spaces. */
function keyOfPair(one: string, other: string): string {
  return one < other ? `pair ${one} ${other}` : `pair ${other} ${one}`;
}
