import { Injectable } from '@nestjs/common';
import { UnitOfWork } from '../../database/unit-of-work.js';
import { mintUrn, type OrganizationId, type TwinId } from '../../kernel/ids.js';
import { clampLimit, decodeCursor, encodeCursor, type Page } from '../../kernel/page.js';
import { DomainError } from '../../problems/domain-error.js';
import { Audit } from '../../security/audit.js';
import { organizationOf, type OrganizationPrincipal, type Principal } from '../../security/principal.js';
import type { TwinRecord } from '../twin.js';
import { TwinRepository } from '../twin.repository.js';
import { TwinHandover } from './twin-handover.js';
import { OFFER_SECONDS, type TransferOffer, type TwinTransfer } from './twin-transfer.js';
import { type TransferFilter, TwinTransferRepository } from './twin-transfer.repository.js';

const LIST = 'transfers';

/**
 * Handing a twin to another organization: the owner offers, the receiver accepts or declines, the owner withdraws. Whoever decides holds the twin's
 * row, so that of decisions that meet, and a deregistration, one is first and the others find it done.
 */
@Injectable()
export class TwinTransferService {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly twins: TwinRepository,
    private readonly transfers: TwinTransferRepository,
    private readonly handover: TwinHandover,
    private readonly audit: Audit,
  ) {}

  /**
   * Offers a twin. Whether the other organization exists is not told: an offer to nobody runs out. Offering the same again changes nothing.
   * @throws DomainError `not-found`, `forbidden`, `state-conflict` when another offer stands, or the twin would stay where it is
   */
  async offer(principal: Principal, id: TwinId, offer: TransferOffer): Promise<{ transfer: TwinTransfer; created: boolean }> {
    const { organization, subject } = requireOrganization(principal);
    return this.uow.run(async (tx) => {
      if (!(await this.twins.findVisible(principal, id, tx))) throw unknown(id);
      const twin = await this.handover.lock(tx, id);
      if (twin === undefined) throw unknown(id);
      if (twin.owner !== organization) throw new DomainError('forbidden', `Only the organization of ${id} offers it.`);
      if (offer.to === organization) throw conflict('The twin is this organization’s already.', '/to');
      const { to, note, expiresInSeconds: seconds = OFFER_SECONDS.default } = offer;
      const draft = { id: mintUrn(), twin: id, incarnation: twin.incarnation, from: organization, to, note, by: subject, seconds };
      const created = await this.transfers.offer(tx, draft);
      const transfer = await this.transfers.latest(organization, id, tx);
      if (transfer?.state !== 'OFFERED') throw new Error(`The offer of ${id} was neither made nor found.`);
      if (!created && (transfer.to !== to || transfer.note !== (note ?? null))) {
        throw conflict(`The twin is offered to ${transfer.to} until ${transfer.expiresAt.toISOString()}: withdraw that first.`);
      }
      if (created) this.audit.record(tx, { principal, action: 'twin.transfer-offer', subject: id, detail: { to, transfer: transfer.id } });
      return { transfer, created };
    });
  }

  /** The offer of a twin that stands, or the latest; for its two sides and operators. @throws DomainError `not-found` */
  async read(principal: Principal, id: TwinId): Promise<TwinTransfer> {
    const transfer = await this.transfers.latest(sideOf(principal), id);
    if (transfer === undefined) throw noOffer(id);
    return transfer;
  }

  /** Offers that the caller has a side in, for an operator all, by id. @throws InvalidCursor */
  async list(principal: Principal, filter: TransferFilter, limit?: number, cursor?: string): Promise<Page<TwinTransfer>> {
    const size = clampLimit(limit);
    const kind = `${LIST}:${filter.state ?? ''}:${filter.side ?? ''}`;
    const after = cursor === undefined ? '' : String(decodeCursor(kind, cursor)[0]);
    const rows = await this.transfers.list(sideOf(principal), filter, after, size + 1);
    const items = rows.slice(0, size);
    const last = items.at(-1);
    return { items, ...(rows.length > size && last !== undefined ? { next: encodeCursor(kind, [last.id]) } : {}) };
  }

  /**
   * Takes the twin over. A twin that is the caller's already is answered as it is, so that accepting can be repeated.
   * @throws DomainError `not-found`, `forbidden`, `expired` when the offer does not stand any more, `state-conflict` when the profile does not hold
   * for the new owner
   */
  async accept(principal: Principal, id: TwinId): Promise<TwinRecord> {
    const receiver = requireOrganization(principal);
    return this.uow.run(async (tx) => {
      const twin = await this.handover.lock(tx, id);
      if (twin?.owner === receiver.organization) return twin;
      const transfer = await this.transfers.latest(receiver.organization, id, tx);
      if (transfer?.to !== receiver.organization) throw noOffer(id);
      if (transfer.state !== 'OFFERED' || twin === undefined) {
        throw new DomainError('expired', `The offer of ${id} does not stand any more: it is ${transfer.state}.`, {
          extensions: { state: transfer.state },
        });
      }
      const taken = await this.handover.handOver(tx, receiver, twin, receiver.organization, { transfer: transfer.id });
      await this.transfers.decide(tx, transfer.id, 'ACCEPTED', receiver.subject);
      return taken;
    });
  }

  /**
   * Ends the offer: by the owner it is withdrawn, by the receiver declined. One that has ended already stays as it ended.
   * @throws DomainError `not-found`, `forbidden`
   */
  async end(principal: Principal, id: TwinId): Promise<void> {
    const { organization, subject } = requireOrganization(principal);
    await this.uow.run(async (tx) => {
      await this.twins.lock(tx, id);
      const transfer = await this.transfers.latest(organization, id, tx);
      if (transfer === undefined) throw noOffer(id);
      if (transfer.state !== 'OFFERED') return;
      const withdrawn = transfer.from === organization;
      await this.transfers.decide(tx, transfer.id, withdrawn ? 'WITHDRAWN' : 'DECLINED', subject);
      const action = withdrawn ? 'twin.transfer-withdraw' : 'twin.transfer-decline';
      this.audit.record(tx, { principal, action, subject: id, detail: { transfer: transfer.id } });
    });
  }
}

function requireOrganization(principal: Principal): OrganizationPrincipal {
  if (principal.kind === 'organization') return principal;
  throw new DomainError('forbidden', 'Twins are handed over by organizations.');
}

/** Of whose side the principal is; undefined for an operator. A twin sees no offers: it is not its own to give. */
function sideOf(principal: Principal): OrganizationId | undefined {
  if (principal.kind === 'twin') throw new DomainError('forbidden', 'Twins are handed over by organizations.');
  return organizationOf(principal);
}

function unknown(id: TwinId): DomainError {
  return new DomainError('not-found', `There is no twin ${id}, or the caller may not see it.`);
}

function noOffer(id: TwinId): DomainError {
  return new DomainError('not-found', `There is no offer of ${id} that concerns the caller.`);
}

function conflict(detail: string, pointer?: string): DomainError {
  return new DomainError('state-conflict', detail, { pointer });
}
