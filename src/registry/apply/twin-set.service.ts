import { Injectable } from '@nestjs/common';
import { UnitOfWork } from '../../database/unit-of-work.js';
import { clampLimit, decodeCursor, encodeCursor, type Page } from '../../kernel/page.js';
import { DomainError } from '../../problems/domain-error.js';
import { Audit } from '../../security/audit.js';
import type { Principal } from '../../security/principal.js';
import { TwinService } from '../twin.service.js';
import { requireSetOwner } from './set-owner.js';
import { type SetMember, type TwinSet, TwinSetRepository } from './twin-set.repository.js';

const LIST = 'twin-sets';

/** What an organization sees of its sets, and how it ends one. Failures common to all: `forbidden` for who is no organization. */
@Injectable()
export class TwinSetService {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly sets: TwinSetRepository,
    private readonly twins: TwinService,
    private readonly audit: Audit,
  ) {}

  /** A set, and a page of its twins by id. @throws DomainError `not-found`; InvalidCursor */
  async read(principal: Principal, name: string, limit?: number, cursor?: string): Promise<{ set: TwinSet; members: Page<SetMember> }> {
    const { organization } = requireSetOwner(principal);
    const set = await this.sets.find(organization, name);
    if (set === undefined) throw unknown(name);
    const kind = `${LIST}:${name}`;
    const size = clampLimit(limit);
    const after = cursor === undefined ? '' : String(decodeCursor(kind, cursor)[0]);
    const rows = await this.sets.listMembers(organization, name, after, size + 1);
    return { set, members: pageOf(rows, size, ({ id }) => encodeCursor(kind, [id])) };
  }

  /** The caller's sets, by name. @throws InvalidCursor */
  async list(principal: Principal, limit?: number, cursor?: string): Promise<Page<TwinSet>> {
    const { organization } = requireSetOwner(principal);
    const size = clampLimit(limit);
    const after = cursor === undefined ? '' : String(decodeCursor(LIST, cursor)[0]);
    const rows = await this.sets.list(organization, after, size + 1);
    return pageOf(rows, size, ({ name }) => encodeCursor(LIST, [name]));
  }

  /**
   * Ends the set. Its twins stay and belong to no set, or, with `removeTwins`, are deregistered with it.
   * @throws DomainError `not-found`
   */
  async delete(principal: Principal, name: string, removeTwins: boolean): Promise<void> {
    const owner = requireSetOwner(principal);
    const { organization } = owner;
    await this.uow.run(async (tx) => {
      if (!(await this.sets.lockKnown(tx, organization, name))) throw unknown(name);
      const members = await this.sets.members(tx, organization, name);
      const standings = await this.sets.lockTwins(tx, members);
      const removed = removeTwins ? members.filter((id) => standings.get(id)?.owner === organization) : [];
      for (const id of removed) await this.twins.deregister(owner, id, {}, tx);
      await this.sets.delete(tx, organization, name);
      const detail = { twins: members.length, removed: removed.length };
      this.audit.record(tx, { principal: owner, action: 'twin-set.delete', subject: name, detail });
    });
  }
}

function unknown(name: string): DomainError {
  return new DomainError('not-found', `There is no set ${name} of this organization.`);
}

function pageOf<T>(rows: T[], size: number, cursorAfter: (last: T) => string): Page<T> {
  const items = rows.slice(0, size);
  const last = items.at(-1);
  return { items, ...(rows.length > size && last !== undefined ? { next: cursorAfter(last) } : {}) };
}
