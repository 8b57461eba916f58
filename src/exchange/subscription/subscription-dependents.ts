import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Transaction } from '../../database/unit-of-work.js';
import type { TwinId } from '../../kernel/ids.js';
import { type FeatureDependent, type FeatureDependents, FeatureDependentsPort } from '../../registry/impact/feature-dependents.js';
import { streamChannel } from '../log/log-row.js';

/** Open subscriptions to any of the streams $1; $2 limit. Rides subscription_channel. No locks. */
const DEPENDENT_SUBSCRIPTIONS = `
  SELECT id, subscriber AS twin, ARRAY[object_id] AS features FROM subscription
   WHERE channel = ANY ($1::text[]) AND object_type = 'data' AND (expires_at IS NULL OR expires_at > clock_timestamp())
   ORDER BY id, subscriber LIMIT $2`;

/** Tells the registry which subscriptions a change of a feature would hit. */
@Injectable()
export class SubscriptionDependents implements FeatureDependents, OnModuleInit {
  constructor(private readonly port: FeatureDependentsPort) {}

  onModuleInit(): void {
    this.port.bind(this);
  }

  async find(tx: Transaction, twin: TwinId, features: readonly string[], limit: number): Promise<FeatureDependent[]> {
    const channels = features.map((feature) => streamChannel('feature', twin, feature));
    const rows = await tx.query<Omit<FeatureDependent, 'kind'>>(DEPENDENT_SUBSCRIPTIONS, [channels, limit]);
    return rows.map((row) => ({ kind: 'subscription', ...row }));
  }
}
