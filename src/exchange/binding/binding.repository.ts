import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { Transaction } from '../../database/unit-of-work.js';
import type { TwinId } from '../../kernel/ids.js';
import {
  BINDINGS_OF_SLOTS_SQL,
  BINDINGS_OF_TWIN_SQL,
  COUNT_FEED_SQL,
  DELETE_BINDING_SQL,
  DELETE_BINDINGS_OF_TWIN_SQL,
  LOCK_BINDING_NAME_SQL,
  LOCK_BINDING_SQL,
  MOVE_FEED_SQL,
  PUT_BINDING_SQL,
  READ_BINDING_SQL,
  RENEW_BINDING_SQL,
} from './binding.queries.js';
import type { FeedFigures, Refusal, StoredBinding } from './binding.js';
import type { FeedState } from './feed-state.js';

/** What a configuration says. */
export type BindingDraft = Pick<
  StoredBinding,
  'twin' | 'name' | 'organization' | 'protocol' | 'settings' | 'feature' | 'enabled' | 'state'
>;

/** Of which configuration something was observed, and under which fence. */
export interface Observed {
  readonly binding: StoredBinding;
  readonly fence: number;
}

/** The table of bindings. */
@Injectable()
export class BindingRepository {
  constructor(private readonly database: Database) {}

  async find(twin: TwinId, name: string): Promise<StoredBinding | undefined> {
    return (await this.database.query<StoredBinding>(READ_BINDING_SQL, [twin, name]))[0];
  }

  async ofTwin(twin: TwinId): Promise<StoredBinding[]> {
    return this.database.query<StoredBinding>(BINDINGS_OF_TWIN_SQL, [twin]);
  }

  /** Enabled bindings of these slots. */
  async ofSlots(slots: readonly number[]): Promise<StoredBinding[]> {
    return this.database.query<StoredBinding>(BINDINGS_OF_SLOTS_SQL, [slots]);
  }

  /** The binding, which nobody else configures until the transaction ends, even when there is none. */
  async lock(tx: Transaction, twin: TwinId, name: string): Promise<StoredBinding | undefined> {
    await tx.query(LOCK_BINDING_NAME_SQL, [`${twin} ${name}`]);
    return (await tx.query<StoredBinding>(LOCK_BINDING_SQL, [twin, name]))[0];
  }

  /** @param isSameSource whether it goes on where the last one was */
  async put(tx: Transaction, draft: BindingDraft, isSameSource: boolean): Promise<StoredBinding> {
    const { twin, name, organization, protocol, settings, feature, enabled, state } = draft;
    const values = [twin, name, organization, protocol, JSON.stringify(settings), feature, enabled, isSameSource, state];
    const [stored] = await tx.query<StoredBinding>(PUT_BINDING_SQL, values);
    if (stored === undefined) throw new Error('INSERT … RETURNING gave no row.');
    return stored;
  }

  /** Whether there was one. */
  async delete(tx: Transaction, twin: TwinId, name: string): Promise<boolean> {
    return (await tx.query(DELETE_BINDING_SQL, [twin, name, null])).length > 0;
  }

  /** Names of those that were there. */
  async deleteOfTwin(tx: Transaction, twin: string, before: Date): Promise<string[]> {
    return (await tx.query<{ name: string }>(DELETE_BINDINGS_OF_TWIN_SQL, [twin, before])).map(({ name }) => name);
  }

  /** Whether there is one to begin again. */
  async renew(tx: Transaction, twin: TwinId, name: string): Promise<boolean> {
    return (await tx.query(RENEW_BINDING_SQL, [twin, name])).length > 0;
  }

  /** Since when it is in that state; undefined when the configuration or the holder of its slot is another one by now. */
  async move({ binding, fence }: Observed, state: FeedState, reason: string | undefined): Promise<Date | undefined> {
    const { twin, name, revision } = binding;
    const rows = await this.database.query<{ since: Date }>(MOVE_FEED_SQL, [twin, name, fence, revision, state, reason ?? null]);
    return rows[0]?.since;
  }

  /** Whether it was written: not when the holder is another one by now, or there is no such binding any more. */
  async count(
    { binding, fence }: Observed,
    figures: FeedFigures,
    refusals: readonly Refusal[],
    position: string | undefined,
  ): Promise<boolean> {
    const { twin, name, settings } = binding;
    const url = typeof settings['url'] === 'string' ? settings['url'] : null;
    const values = [twin, name, fence, JSON.stringify(figures), JSON.stringify(refusals), position ?? null, url];
    return (await this.database.query(COUNT_FEED_SQL, values)).length > 0;
  }
}
