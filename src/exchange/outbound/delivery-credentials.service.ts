import { Injectable } from '@nestjs/common';
import { OutboundProtocols } from '../../adaptor/protocol/wire-protocols.js';
import { type Transaction, UnitOfWork } from '../../database/unit-of-work.js';
import type { TwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import { Audit } from '../../security/audit.js';
import type { Principal } from '../../security/principal.js';
import { type CredentialFact, type Wire, WireCredentials } from '../wire-credential/wire-credentials.js';
import { DELIVERY_WIRE } from './endpoint-openings.js';
import { LOCK_RECEIVER_SQL, RENEW_REVISION_SQL } from './endpoint.queries.js';
import { InboxOwner } from './inbox-owner.js';

/** What the broker shows at an endpoint that it delivers to. A change begins the session anew; what is on its way ends under the old one. */
@Injectable()
export class DeliveryCredentials {
  constructor(
    private readonly protocols: OutboundProtocols,
    private readonly credentials: WireCredentials,
    private readonly owner: InboxOwner,
    private readonly uow: UnitOfWork,
    private readonly audit: Audit,
  ) {}

  /** @throws DomainError `not-found`, `forbidden` */
  async list(principal: Principal, receiver: TwinId): Promise<CredentialFact[]> {
    return this.credentials.list(wireOf(receiver), await this.owner.require(principal, receiver));
  }

  /**
   * May be given before the endpoint is configured, whose protocol is not known yet. @throws DomainError `not-found`, `forbidden`, `validation-failed` for
   * what no protocol knows
   */
  async put(principal: Principal, receiver: TwinId, name: string, secret: string): Promise<CredentialFact> {
    const organization = await this.owner.require(principal, receiver);
    const known = new Set(this.protocols.names.flatMap((protocol) => this.protocols.find(protocol)?.credentials ?? []));
    if (!known.has(name))
      throw new DomainError('validation-failed', `No protocol has a credential ${name}; there are ${[...known].join(', ')}.`);
    return this.uow.run(async (tx) => {
      await tx.query(LOCK_RECEIVER_SQL, [receiver]);
      const put = await this.credentials.put(tx, wireOf(receiver), organization, name, secret);
      await this.changed(tx, principal, receiver, 'delivery-credential.put', name);
      return put;
    });
  }

  /** @throws DomainError `not-found`, `forbidden` */
  async remove(principal: Principal, receiver: TwinId, name: string): Promise<void> {
    const organization = await this.owner.require(principal, receiver);
    await this.uow.run(async (tx) => {
      await tx.query(LOCK_RECEIVER_SQL, [receiver]);
      if (!(await this.credentials.remove(tx, wireOf(receiver), organization, name))) {
        throw new DomainError('not-found', `The delivery to ${receiver} has no credential ${name}.`);
      }
      await this.changed(tx, principal, receiver, 'delivery-credential.remove', name);
    });
  }

  private async changed(tx: Transaction, principal: Principal, receiver: TwinId, action: string, name: string): Promise<void> {
    await tx.query(RENEW_REVISION_SQL, [receiver]);
    this.audit.record(tx, { principal, action, subject: receiver, detail: { name } });
    tx.record({ kind: 'delivery.changed', subject: receiver, data: {} });
  }
}

function wireOf(twin: TwinId): Wire {
  return { twin, wire: DELIVERY_WIRE };
}
