import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { AdaptationPlan } from '../../adaptor/plan/adaptation-plan.js';
import { Database } from '../../database/database.js';
import { DomainEvents } from '../../database/domain-events.js';
import type { Transaction } from '../../database/unit-of-work.js';
import { fingerprint } from '../../kernel/canonical-json.js';
import { ADD_VERSION, LIST_VERSIONS, NEXT_VERSION, PLAN_OF, VERSIONS } from './plan-version.queries.js';

/** A plan of a connection, without what it says. */
export interface PlanVersion {
  readonly version: number;
  /** Publications accepted from then on are adapted by it, until the next one. */
  readonly heldFrom: Date;
  /** It changes no payload. */
  readonly isIdentity: boolean;
}

/** A plan of a connection with what it says. */
export interface StoredPlan extends PlanVersion {
  readonly digest: string;
  readonly why: string;
  readonly plan: AdaptationPlan;
}

const CACHED_CONNECTIONS = 50_000;
const MAX_CACHED_CHARACTERS = 32 * 1_048_576;

/**
 * The plans that connections have and had. Which versions there are is remembered until news of the connection, which other brokers hear of within about
 * a second; a plan, once stored, never changes.
 */
@Injectable()
export class PlanVersions {
  private readonly lists = new LRUCache<string, readonly PlanVersion[]>({ max: CACHED_CONNECTIONS });
  private readonly loading = new Map<string, Promise<readonly PlanVersion[]>>();
  private readonly plans = new LRUCache<string, AdaptationPlan>({
    maxSize: MAX_CACHED_CHARACTERS,
    sizeCalculation: (plan) => JSON.stringify(plan).length,
  });

  constructor(
    private readonly database: Database,
    events: DomainEvents,
  ) {
    events.subscribe(['connection.changed'], ({ subject }) => {
      this.lists.delete(subject);
      this.loading.delete(subject);
    });
  }

  /** What {@link of} gives, if it is remembered: for paths on which even a settled promise costs. */
  remembered(connection: string): readonly PlanVersion[] | undefined {
    return this.lists.get(connection);
  }

  /** The versions of a connection, oldest first. */
  of(connection: string): Promise<readonly PlanVersion[]> | readonly PlanVersion[] {
    return this.lists.get(connection) ?? this.loading.get(connection) ?? this.load(connection);
  }

  /** What a version says; undefined when there is none. */
  async plan(connection: string, version: number): Promise<AdaptationPlan | undefined> {
    const key = `${connection} ${version}`;
    const known = this.plans.get(key);
    if (known !== undefined) return known;
    const [row] = await this.database.query<{ plan: AdaptationPlan }>(PLAN_OF, [connection, version]);
    if (row !== undefined) this.plans.set(key, row.plan);
    return row?.plan;
  }

  /** A page of versions with what they say, newest first, below `before`. */
  page(connection: string, before: number, limit: number): Promise<StoredPlan[]> {
    return this.database.query<StoredPlan>(LIST_VERSIONS, [connection, before, limit]);
  }

  /** The number of the version to come. */
  async next(tx: Transaction, connection: string): Promise<number> {
    const [row] = await tx.query<{ version: number }>(NEXT_VERSION, [connection]);
    return row?.version ?? 1;
  }

  /** Stores a version; the caller holds the connection's federation, and tells of the connection in the same transaction. */
  async add(tx: Transaction, connection: string, plan: AdaptationPlan, why: string): Promise<void> {
    await tx.query(ADD_VERSION, [connection, plan.version, isIdentity(plan), digestOf(plan), why, JSON.stringify(plan)]);
  }

  private load(connection: string): Promise<readonly PlanVersion[]> {
    const load = this.database
      .query<PlanVersion>(VERSIONS, [connection])
      .then((versions) => {
        if (this.loading.get(connection) === load) this.lists.set(connection, versions);
        return versions;
      })
      .finally(() => {
        if (this.loading.get(connection) === load) this.loading.delete(connection);
      });
    this.loading.set(connection, load);
    return load;
  }
}

/** Whether the plan changes no payload. */
export function isIdentity(plan: AdaptationPlan): boolean {
  return plan.features.every(({ flows }) => flows === undefined || flows.every(({ steps }) => steps.length === 0));
}

/** What the plan says, whatever its version: SHA-256 of the RFC 8785 form of its features, base64url. */
export function digestOf({ features }: Pick<AdaptationPlan, 'features'>): string {
  return fingerprint(features).toString('base64url');
}

/**
 * The version that a message goes by: the one recorded at its acceptance or, of a publication, the one that held then. What was published before the
 * first one goes by the first.
 */
export function versionFor(
  versions: readonly PlanVersion[],
  { planVersion, acceptedAt }: { readonly planVersion: number | null; readonly acceptedAt: Date },
): PlanVersion | undefined {
  if (planVersion !== null) return versions.find(({ version }) => version === planVersion);
  return versions.findLast(({ heldFrom }) => heldFrom <= acceptedAt) ?? versions[0];
}
