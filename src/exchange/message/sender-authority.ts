import { Injectable } from '@nestjs/common';
import { type TwinId, parseTwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import { TwinDirectory } from '../../registry/twin-directory.js';
import { actsFor, type Principal } from '../../security/principal.js';
import type { IncomingMessage } from './incoming-message.js';

/** Decides whether a principal may speak as the sender of a message, or read an inbox. */
@Injectable()
export class SenderAuthority {
  constructor(private readonly twins: TwinDirectory) {}

  /** What {@link requireSender} gives when the sender is remembered and nothing speaks against it; undefined says nothing. */
  knownSender(principal: Principal, { envelope: { header } }: IncomingMessage): TwinId | undefined {
    if (header.sender.role !== 'DT' || principal.kind === 'operator') return undefined;
    const twin = this.twins.remembered(header.sender.id as TwinId);
    return twin !== undefined && twin.status !== 'SUSPENDED' && actsFor(principal, twin) ? twin.id : undefined;
  }

  /**
   * The sender, once the principal is found to act for it. A twin that registers itself need not exist yet.
   * @throws DomainError `forbidden`, in the same words whether the twin is another's or nobody's
   */
  async requireSender(principal: Principal, { envelope }: IncomingMessage): Promise<TwinId> {
    const { header, data } = envelope;
    if (header.sender.role !== 'DT' || principal.kind === 'operator') throw notTheirs(header.sender.id);
    const id = parseTwinId(header.sender.id);
    const twin = this.twins.remembered(id) ?? (await this.twins.find(id));
    if (twin === undefined) {
      const registersItself = data.action === 'REGISTER' && data.object.type === 'digitalTwin' && (data.object.id ?? id) === id;
      if (registersItself && (principal.kind === 'organization' || principal.twin === id)) return id;
      throw notTheirs(id);
    }
    if (!actsFor(principal, twin)) throw notTheirs(id);
    if (twin.status === 'SUSPENDED')
      throw new DomainError('forbidden', `${id} is suspended by an operator and cannot send.`, { pointer: '/header/sender/id' });
    return id;
  }

  /** Whether the principal acts for the twin. */
  async isOwner(principal: Principal, id: TwinId): Promise<boolean> {
    const twin = await this.twins.find(id);
    return twin !== undefined && actsFor(principal, twin);
  }

  /**
   * Lets the principal at the inbox of a twin that it acts for.
   * @throws DomainError `not-found` when the twin is unknown or not visible, `forbidden` when it is another's
   */
  async requireOwner(principal: Principal, id: TwinId): Promise<void> {
    const twin = await this.twins.find(id);
    if (twin !== undefined && actsFor(principal, twin)) return;
    if (twin === undefined || !(await this.twins.isVisible(principal, id))) throw new DomainError('not-found', `There is no twin ${id}.`);
    throw new DomainError('forbidden', `The token does not act for ${id}; only the twin or its organization reads its inbox.`);
  }
}

function notTheirs(sender: string): DomainError {
  return new DomainError('forbidden', `The token does not act for the sender ${sender}.`, { pointer: '/header/sender/id' });
}
