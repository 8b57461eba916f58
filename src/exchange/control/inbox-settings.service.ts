import { Injectable } from '@nestjs/common';
import { type Transaction, UnitOfWork } from '../../database/unit-of-work.js';
import type { TwinId } from '../../kernel/ids.js';
import { Audit } from '../../security/audit.js';
import type { Principal } from '../../security/principal.js';
import { SenderAuthority } from '../message/sender-authority.js';
import { type InboxModeEvent, modeAfter } from './inbox-mode.js';
import type { InboxSettings } from './inbox-settings.js';
import { InboxSettingsRepository } from './inbox-settings.repository.js';

/** What an owner sets about the inbox of a twin. News of it reaches every broker within about a second. */
@Injectable()
export class InboxSettingsService {
  constructor(
    private readonly authority: SenderAuthority,
    private readonly settings: InboxSettingsRepository,
    private readonly uow: UnitOfWork,
    private readonly audit: Audit,
  ) {}

  /** @throws DomainError `not-found`, `forbidden` */
  async read(principal: Principal, receiver: TwinId): Promise<InboxSettings> {
    await this.authority.requireOwner(principal, receiver);
    return this.settings.find(receiver);
  }

  /** Sets limits and overflow policy, in place of those before. @throws DomainError `not-found`, `forbidden` */
  async limit(principal: Principal, receiver: TwinId, wanted: Pick<InboxSettings, 'limits' | 'overflow'>): Promise<InboxSettings> {
    await this.authority.requireOwner(principal, receiver);
    return this.uow.run(async (tx) => {
      const settings = { ...(await this.settings.lock(tx, receiver)), ...wanted };
      await this.settings.save(tx, receiver, settings);
      this.tell(tx, principal, receiver, 'limit', { limits: { ...settings.limits }, overflow: settings.overflow });
      return settings;
    });
  }

  /** Pauses, resumes or drains; again is the same. @throws DomainError `not-found`, `forbidden` */
  async move(principal: Principal, receiver: TwinId, event: InboxModeEvent): Promise<InboxSettings> {
    await this.authority.requireOwner(principal, receiver);
    return this.uow.run(async (tx) => {
      const before = await this.settings.lock(tx, receiver);
      const settings = { ...before, mode: modeAfter(before.mode, event) };
      if (settings.mode === before.mode) return before;
      await this.settings.save(tx, receiver, settings);
      this.tell(tx, principal, receiver, event, { mode: settings.mode });
      return settings;
    });
  }

  /** Records a decision about an inbox and tells every broker. */
  tell(tx: Transaction, principal: Principal, receiver: TwinId, verb: string, detail: Record<string, unknown>): void {
    this.audit.record(tx, { principal, action: `inbox.${verb}`, subject: receiver, detail });
    tx.record({ kind: 'inbox.changed', subject: receiver, data: detail });
  }
}
