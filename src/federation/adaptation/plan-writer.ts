import { Injectable } from '@nestjs/common';
import type { QueryDeepPartialEntity } from 'typeorm';
import type { AdaptationPlan } from '../../adaptor/plan/adaptation-plan.js';
import type { Transaction } from '../../database/unit-of-work.js';
import { Connection } from '../connection.entity.js';
import { StateWriter } from '../state-writer.js';
import { digestOf, PlanVersions } from './plan-versions.js';
import type { Plannable } from './connection-planner.js';

/** What takes the place of a plan: the plan, what it follows from, and why. */
export interface NewPlan extends Pick<Plannable, 'features' | 'needs' | 'terms'> {
  readonly plan: AdaptationPlan;
  readonly why: string;
}

/** The one way in which an established connection gets another plan. The caller holds the locks of federation and connection. */
@Injectable()
export class PlanWriter {
  constructor(
    private readonly versions: PlanVersions,
    private readonly states: StateWriter,
  ) {}

  /** Puts the plan in the place of the present one, under the next version; one that says the same changes what it follows from alone. */
  async write(tx: Transaction, connection: Connection, next: NewPlan): Promise<Connection> {
    const { id } = connection;
    const { features, needs, terms, why } = next;
    const isSame = connection.plan !== null && digestOf(connection.plan) === digestOf(next.plan);
    const version = isSame ? connection.planVersion : await this.versions.next(tx, id);
    const plan = { ...next.plan, version };
    if (!isSame) await this.versions.add(tx, id, plan, why);
    // TypeORM's type for partial values does not take a record of unknowns; the driver takes any JSON.
    const change = { features, needs, terms, plan, planVersion: version } as unknown as QueryDeepPartialEntity<Connection>;
    await tx.manager.update(Connection, { id }, change);
    const written = await tx.manager.findOneByOrFail(Connection, { id });
    this.states.recordConnection(tx, written, written.state, written.state);
    return written;
  }
}
