import { Injectable } from '@nestjs/common';
import type { Transaction } from '../../database/unit-of-work.js';
import type { TwinId } from '../../kernel/ids.js';

/** What stands on a feature of a twin. */
export interface FeatureDependent {
  readonly kind: 'connection' | 'subscription';
  readonly id: string;
  /** Names of the features that it stands on, of those asked for. */
  readonly features: readonly string[];
  /** The twin at the other end. */
  readonly twin: string;
}

/**
 * Tells who depends on features: open connections that agree to them, and subscriptions. Declared here, implemented above, as the registry knows of
 * neither. It reads within the transaction that changes the twin, whose row is locked: a connection that was requested before is seen, one that is
 * requested now waits for the lock and sees the changed feature.
 */
export interface FeatureDependents {
  /** Up to `limit` of them, in order of id. */
  find(tx: Transaction, twin: TwinId, features: readonly string[], limit: number): Promise<readonly FeatureDependent[]>;
}

/** Where the features above bind what they know. Without any, nothing depends on anything. */
@Injectable()
export class FeatureDependentsPort {
  private readonly sources: FeatureDependents[] = [];

  /** Called before the first request, once by each. */
  bind(source: FeatureDependents): void {
    this.sources.push(source);
  }

  /** Up to `limit` of each kind. */
  async find(tx: Transaction, twin: TwinId, features: readonly string[], limit: number): Promise<FeatureDependent[]> {
    const found: FeatureDependent[] = [];
    for (const source of this.sources) found.push(...(await source.find(tx, twin, features, limit)));
    return found;
  }
}
