import { Injectable } from '@nestjs/common';
import type { TwinId } from '../../kernel/ids.js';
import { TwinDirectory } from '../../registry/twin-directory.js';
import type { Principal } from '../../security/principal.js';
import { SenderAuthority } from '../message/sender-authority.js';

/** Who may configure how a twin is delivered to. */
@Injectable()
export class InboxOwner {
  constructor(
    private readonly authority: SenderAuthority,
    private readonly twins: TwinDirectory,
  ) {}

  /** The organization that owns the twin, once the principal is found to act for it. @throws DomainError `not-found`, `forbidden` */
  async require(principal: Principal, receiver: TwinId): Promise<string> {
    await this.authority.requireOwner(principal, receiver);
    return (await this.twins.find(receiver))?.owner ?? '';
  }
}
