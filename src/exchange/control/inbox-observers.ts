import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import { DomainEvents } from '../../database/domain-events.js';
import { UnitOfWork } from '../../database/unit-of-work.js';
import type { TwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import { TwinDirectory } from '../../registry/twin-directory.js';
import { actsFor, type Principal } from '../../security/principal.js';
import { SenderAuthority } from '../message/sender-authority.js';
import { InboxSettingsService } from './inbox-settings.service.js';

/** Someone else who may look at an inbox. */
export interface InboxObserver {
  kind: 'organization' | 'twin';
  id: string;
  grantedAt: Date;
}

/** The most observers of one inbox. */
export const MAX_OBSERVERS = 100;

/** All rides inbox_observer_pkey. */
const LIST_SQL = `SELECT kind, observer AS id, granted_at AS "grantedAt" FROM inbox_observer WHERE receiver = $1 ORDER BY kind, observer`;
const GRANT_SQL = `
  INSERT INTO inbox_observer (receiver, kind, observer, granted_at)
  SELECT $1, $2, $3, clock_timestamp() WHERE (SELECT count(*) FROM inbox_observer WHERE receiver = $1) < $4
  ON CONFLICT (receiver, kind, observer) DO UPDATE SET kind = excluded.kind RETURNING observer`;
const REVOKE_SQL = 'DELETE FROM inbox_observer WHERE receiver = $1 AND kind = $2 AND observer = $3 RETURNING observer';

/** Who may look at an inbox without taking anything out of it: its owner, and whom the owner lets. */
@Injectable()
export class InboxObservers {
  private readonly watchers = new Map<TwinId, Set<() => void>>();

  constructor(
    private readonly authority: SenderAuthority,
    private readonly twins: TwinDirectory,
    private readonly settings: InboxSettingsService,
    private readonly database: Database,
    private readonly uow: UnitOfWork,
    events: DomainEvents,
  ) {
    events.subscribe(['inbox.changed'], ({ subject }) => {
      for (const look of this.watchers.get(subject as TwinId) ?? []) look();
    });
  }

  /** @throws DomainError `not-found`, `forbidden` */
  async list(principal: Principal, receiver: TwinId): Promise<InboxObserver[]> {
    await this.authority.requireOwner(principal, receiver);
    return this.database.query<InboxObserver>(LIST_SQL, [receiver]);
  }

  /** Lets somebody look; again is the same. @throws DomainError `not-found`, `forbidden`; `state-conflict` beyond {@link MAX_OBSERVERS} */
  async grant(principal: Principal, receiver: TwinId, kind: InboxObserver['kind'], id: string): Promise<InboxObserver[]> {
    await this.authority.requireOwner(principal, receiver);
    await this.uow.run(async (tx) => {
      const [granted] = await tx.query(GRANT_SQL, [receiver, kind, id, MAX_OBSERVERS]);
      if (granted === undefined) throw new DomainError('state-conflict', `An inbox has at most ${MAX_OBSERVERS} observers.`);
      this.settings.tell(tx, principal, receiver, 'observe', { kind, observer: id });
    });
    return this.database.query<InboxObserver>(LIST_SQL, [receiver]);
  }

  /** Ends it; open streams of theirs end within about a second. @throws DomainError `not-found`, `forbidden` */
  async revoke(principal: Principal, receiver: TwinId, kind: InboxObserver['kind'], id: string): Promise<void> {
    await this.authority.requireOwner(principal, receiver);
    await this.uow.run(async (tx) => {
      const [revoked] = await tx.query(REVOKE_SQL, [receiver, kind, id]);
      if (revoked === undefined) throw new DomainError('not-found', `${id} does not observe this inbox.`);
      this.settings.tell(tx, principal, receiver, 'unobserve', { kind, observer: id });
    });
  }

  /**
   * Lets the principal look at the inbox of a twin, but not take anything out of it.
   * @throws DomainError `not-found` when the twin is unknown or not visible, `forbidden`
   */
  async requireReader(principal: Principal, receiver: TwinId): Promise<void> {
    const twin = await this.twins.find(receiver);
    if (twin !== undefined && actsFor(principal, twin)) return;
    if (twin !== undefined && (await this.twins.isVisible(principal, receiver)) && (await this.observes(principal, receiver))) return;
    await this.authority.requireOwner(principal, receiver);
  }

  /** A signal that aborts once the principal may no longer look. `end` gives the watch up. */
  watch(principal: Principal, receiver: TwinId): { signal: AbortSignal; end: () => void } {
    const revoked = new AbortController();
    const look = (): void => {
      this.requireReader(principal, receiver).catch((error: unknown) => {
        if (error instanceof DomainError) revoked.abort();
      });
    };
    const all = this.watchers.get(receiver) ?? new Set();
    this.watchers.set(receiver, all.add(look));
    return {
      signal: revoked.signal,
      end: () => {
        all.delete(look);
        if (all.size === 0 && this.watchers.get(receiver) === all) this.watchers.delete(receiver);
      },
    };
  }

  private async observes(principal: Principal, receiver: TwinId): Promise<boolean> {
    if (principal.kind === 'operator') return false;
    const observers = await this.database.query<InboxObserver>(LIST_SQL, [receiver]);
    for (const { kind, id } of observers) {
      if (kind === 'organization' && principal.kind === 'organization' && principal.organization === id) return true;
      const twin = kind === 'twin' ? await this.twins.find(id as TwinId) : undefined;
      if (twin !== undefined && actsFor(principal, twin)) return true;
    }
    return false;
  }
}
