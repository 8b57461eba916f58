import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Database } from '../database/database.js';
import { DomainEvents } from '../database/domain-events.js';
import type { OrganizationId, TwinId } from '../kernel/ids.js';
import type { Principal } from '../security/principal.js';
import type { RegistrationStatus } from './registration-status.js';
import { SqlConditions } from './sql-conditions.js';
import { TwinRepository } from './twin.repository.js';
import type { FeatureNeed, FeatureSpec, TwinAccess } from './twin.js';
import { restrictToVisible } from './visibility.js';

/** A live twin as hot paths need it. */
export interface DirectoryTwin {
  readonly id: TwinId;
  readonly owner: OrganizationId;
  readonly access: TwinAccess;
  readonly status: RegistrationStatus;
  readonly name: string;
  readonly features: readonly FeatureSpec[];
  /** The forms in which it wants to receive; absent, as others have it. */
  readonly needs?: readonly FeatureNeed[];
  readonly incarnation: number;
  readonly version: number;
  /** During a maintenance window: its end. */
  readonly maintenanceUntil?: Date;
}

const MAX_CACHED_CHARACTERS = 64 * 1_048_576;
const MAX_CACHED_ANSWERS = 100_000;

/**
 * Twins by id, cached. News of a twin drops it from the cache: in the broker that changed it before its caller hears of it, in the others within
 * about a second. A load that news overtook is not kept. Twins that are not there are asked for each time, so that one registered through another
 * broker is known at once.
 */
@Injectable()
export class TwinDirectory {
  private readonly cached = new LRUCache<TwinId, DirectoryTwin>({
    maxSize: MAX_CACHED_CHARACTERS,
    sizeCalculation: (twin) => JSON.stringify(twin).length,
  });
  private readonly loading = new Map<TwinId, Promise<DirectoryTwin | undefined>>();
  private readonly shared = new LRUCache<string, boolean>({ max: MAX_CACHED_ANSWERS });
  /** Grows with every piece of news about circles. */
  private generation = 0;

  constructor(
    private readonly twins: TwinRepository,
    private readonly database: Database,
    events: DomainEvents,
  ) {
    events.subscribe(
      ['twin.registered', 'twin.updated', 'twin.deregistered', 'twin.status-changed', 'twin.maintenance-changed', 'twin.transferred'],
      ({ kind, subject }) => {
        this.cached.delete(subject as TwinId);
        this.loading.delete(subject as TwinId);
        if (kind === 'twin.deregistered' || kind === 'twin.transferred') this.forgetCircles();
      },
    );
    events.subscribe(['member.changed', 'federation.changed'], () => {
      this.forgetCircles();
    });
  }

  /** The twin if it is remembered: for paths on which even a promise that is settled already costs. Undefined says nothing; {@link find} does. */
  remembered(id: TwinId): DirectoryTwin | undefined {
    return this.cached.get(id);
  }

  /** Whether everybody, or the principal as its owner or as an operator, sees the twin; otherwise {@link isVisible} knows. */
  isPlainlyVisible(principal: Principal, twin: DirectoryTwin): boolean {
    return principal.kind === 'operator' || twin.access === 'listed' || twin.owner === principal.organization;
  }

  /** The live twin; undefined when it is unknown or deregistered. */
  async find(id: TwinId): Promise<DirectoryTwin | undefined> {
    return this.cached.get(id) ?? this.loading.get(id) ?? this.load(id);
  }

  /** Whether the principal may see the twin: the same rule as the predicate of visibility.ts. */
  async isVisible(principal: Principal, id: TwinId): Promise<boolean> {
    const twin = await this.find(id);
    if (!twin) return false;
    if (principal.kind === 'operator' || this.isPlainlyVisible(principal, twin)) return true;
    const key = `${principal.kind} ${principal.kind === 'twin' ? principal.twin : principal.organization} ${id}`;
    const known = this.shared.get(key);
    if (known !== undefined) return known;
    const { generation } = this;
    const answer = await this.sharesCircle(principal, id);
    if (generation === this.generation) this.shared.set(key, answer);
    return answer;
  }

  private forgetCircles(): void {
    this.generation += 1;
    this.shared.clear();
  }

  private load(id: TwinId): Promise<DirectoryTwin | undefined> {
    const load = this.read(id)
      .then((twin) => {
        if (twin && this.loading.get(id) === load) this.cached.set(id, twin);
        return twin;
      })
      .finally(() => {
        if (this.loading.get(id) === load) this.loading.delete(id);
      });
    this.loading.set(id, load);
    return load;
  }

  private async read(id: TwinId): Promise<DirectoryTwin | undefined> {
    const twin = await this.twins.find(id);
    if (!twin) return undefined;
    const { owner, status, incarnation, version, maintenance } = twin;
    const { access, name, features, needs } = twin.profile;
    return { id, owner, access, status, name, features, needs, incarnation, version, maintenanceUntil: maintenance?.to };
  }

  private async sharesCircle(principal: Principal, id: TwinId): Promise<boolean> {
    const where = new SqlConditions();
    where.and(`t.id = ${where.bind(id)}`).and(`t.registration = 'REGISTERED'`);
    restrictToVisible(where, principal, 'one');
    return (await this.database.query(`SELECT FROM twin t WHERE ${where.sql}`, where.parameters)).length > 0;
  }
}
