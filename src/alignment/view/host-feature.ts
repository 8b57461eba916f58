import { Injectable } from '@nestjs/common';
import type { Transaction } from '../../database/unit-of-work.js';
import type { TwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import { TwinService } from '../../registry/twin.service.js';
import type { FeatureSpec } from '../../registry/twin.js';
import type { Principal } from '../../security/principal.js';
import { slotSchema } from './slot-schema.js';
import type { ViewDefinition } from './view.js';

const MAX_TRIES = 3;

/** The data feature of the host on which a view is published: what makes the view something that others discover, connect to and subscribe to. */
@Injectable()
export class HostFeature {
  constructor(private readonly twins: TwinService) {}

  /**
   * Registers the feature, unless the host has one of that name, which is then used as it is. Says whether the view brought it.
   * @param brought whether it was the view that brought the one that is there
   * @throws DomainError `validation-failed` when the name is that of a function, and what changing the twin throws
   */
  async bring(tx: Transaction, principal: Principal, view: ViewDefinition, brought = false): Promise<boolean> {
    return this.change(tx, principal, view.host, (features) => {
      const present = features.find(({ name }) => name === view.feature);
      if (present?.kind === 'function') {
        const errors = [{ pointer: '/feature', detail: 'is the name of a function of the host' }];
        throw new DomainError('validation-failed', `${view.host} has a function ${view.feature}.`, { pointer: '/feature', errors });
      }
      if (present !== undefined && !brought) return { features, result: false };
      return { features: [...features.filter(({ name }) => name !== view.feature), specOf(view, present)], result: true };
    });
  }

  /** Takes away the feature that a view brought, whoever still uses it: nothing is published on it any more. */
  async takeAway(tx: Transaction, principal: Principal, { host, feature }: Pick<ViewDefinition, 'host' | 'feature'>): Promise<void> {
    try {
      await this.change(tx, principal, host, (features) => ({
        features: features.filter(({ kind, name }) => kind !== 'data' || name !== feature),
        result: true,
      }));
    } catch (error) {
      // A host that is gone took its features along.
      if (!(error instanceof DomainError) || error.code !== 'not-found') throw error;
    }
  }

  private async change(
    tx: Transaction,
    principal: Principal,
    host: TwinId,
    work: (features: readonly FeatureSpec[]) => { features: readonly FeatureSpec[]; result: boolean },
  ): Promise<boolean> {
    for (let tries = 1; ; tries += 1) {
      const { profile, incarnation, version } = await this.twins.read(principal, host, tx);
      const { features, result } = work(profile.features);
      if (features === profile.features) return result;
      try {
        await this.twins.patch(principal, host, { features }, { expected: [{ incarnation, version }] }, tx, { force: true });
        return result;
      } catch (error) {
        // Somebody changed the twin in between.
        if (!(error instanceof DomainError) || error.code !== 'precondition-failed' || tries >= MAX_TRIES) throw error;
      }
    }
  }
}

function specOf(view: ViewDefinition, present: FeatureSpec | undefined): FeatureSpec {
  return {
    ...present,
    kind: 'data',
    name: view.feature,
    version: present?.version ?? '1.0.0',
    description: `${view.name}: ${view.columns.map(({ name }) => name).join(', ')}, joined every ${view.slotMs} ms.`.slice(0, 1_000),
    schema: slotSchema(view),
  };
}
