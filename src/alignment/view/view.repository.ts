import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { Transaction } from '../../database/unit-of-work.js';
import type { FederationId, OrganizationId, TwinId } from '../../kernel/ids.js';
import { NO_FIGURES, type View, type ViewDefinition } from './view.js';
import {
  BEGIN_STATE,
  CHANGE_VIEW,
  COUNT_VIEWS,
  DELETE_STATE,
  DELETE_VIEW,
  FIND_VIEW,
  HAND_OVER_VIEWS,
  INSERT_VIEW,
  LIST_VIEWS,
  LOCK_VIEW,
  VIEWS_IN_SLOTS,
} from './view.queries.js';

const LEASE_SLOTS = 64;

/** A view about to be made. */
export interface NewView {
  readonly id: string;
  readonly organization: OrganizationId;
  readonly definition: ViewDefinition;
  readonly broughtFeature: boolean;
}

/** Which views; what is absent does not matter. */
export interface ViewFilter {
  readonly organization?: OrganizationId;
  readonly federation?: FederationId;
  readonly host?: TwinId;
}

/** All persistence of what views are. */
@Injectable()
export class ViewRepository {
  constructor(private readonly database: Database) {}

  async find(id: string): Promise<View | undefined> {
    return (await this.database.query<View>(FIND_VIEW, [id]))[0];
  }

  /** The view, locked until the transaction ends. */
  async lock(tx: Transaction, id: string): Promise<View | undefined> {
    return (await tx.query<View>(LOCK_VIEW, [id]))[0];
  }

  /** Views by id, after one of them. */
  list({ organization, federation, host }: ViewFilter, after: string, limit: number): Promise<View[]> {
    return this.database.query<View>(LIST_VIEWS, [organization ?? null, after, limit, federation ?? null, host ?? null]);
  }

  async countOf(tx: Transaction, organization: OrganizationId): Promise<number> {
    return (await tx.query<{ count: number }>(COUNT_VIEWS, [organization]))[0]?.count ?? 0;
  }

  inSlots(slots: readonly number[]): Promise<View[]> {
    return slots.length === 0 ? Promise.resolve([]) : this.database.query<View>(VIEWS_IN_SLOTS, [slots]);
  }

  /** Fails by the constraints alignment_view_pkey and alignment_view_one_per_feature. */
  async insert(tx: Transaction, { id, organization, definition, broughtFeature }: NewView): Promise<View> {
    const slot = hash('sha256', id, 'buffer').readUInt8(0) % LEASE_SLOTS;
    const { federationId, host, feature } = definition;
    const stored = [id, organization, federationId, host, feature, JSON.stringify(definition), broughtFeature, slot];
    return this.begun(tx, (await tx.query<View>(INSERT_VIEW, stored))[0]);
  }

  /** Gives a view another definition; its slots begin anew. */
  async change(tx: Transaction, id: string, definition: ViewDefinition, broughtFeature: boolean): Promise<View> {
    const { federationId, host, feature } = definition;
    const stored = [id, federationId, host, feature, JSON.stringify(definition), broughtFeature];
    return this.begun(tx, (await tx.query<View>(CHANGE_VIEW, stored))[0]);
  }

  async delete(tx: Transaction, id: string): Promise<void> {
    await tx.query(DELETE_STATE, [id]);
    await tx.query(DELETE_VIEW, [id]);
  }

  /** The views that a twin hosts are its new owner's. */
  async handOver(host: TwinId, organization: OrganizationId): Promise<void> {
    await this.database.query(HAND_OVER_VIEWS, [host, organization]);
  }

  private async begun(tx: Transaction, view: View | undefined): Promise<View> {
    if (view === undefined) throw new Error('the view was not stored');
    await tx.query(BEGIN_STATE, [view.id, view.version, view.definition.slotMs, JSON.stringify(NO_FIGURES)]);
    return view;
  }
}
