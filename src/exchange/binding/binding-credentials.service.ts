import { Injectable } from '@nestjs/common';
import { UnitOfWork } from '../../database/unit-of-work.js';
import type { TwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import { Audit } from '../../security/audit.js';
import type { Principal } from '../../security/principal.js';
import { type CredentialFact, WireCredentials } from '../wire-credential/wire-credentials.js';
import { BindingRepository } from './binding.repository.js';
import { BindingService } from './binding.service.js';
import { wireOf } from './binding-wire.js';

/** What the broker shows at the other end of a binding. A change begins the session anew; what was being taken is taken still. */
@Injectable()
export class BindingCredentials {
  constructor(
    private readonly bindings: BindingService,
    private readonly repository: BindingRepository,
    private readonly credentials: WireCredentials,
    private readonly uow: UnitOfWork,
    private readonly audit: Audit,
  ) {}

  /** @throws DomainError `not-found`, `forbidden` */
  async list(principal: Principal, twin: TwinId, binding: string): Promise<CredentialFact[]> {
    const { organization } = await this.bindings.read(principal, twin, binding);
    return this.credentials.list({ twin, ...wireOf(binding) }, organization);
  }

  /** @throws DomainError `not-found`, `forbidden`, `validation-failed` for a credential that the protocol does not know */
  async put(principal: Principal, twin: TwinId, binding: string, name: string, secret: string): Promise<CredentialFact> {
    const { organization, protocol } = await this.bindings.read(principal, twin, binding);
    const known = this.bindings.protocol(protocol).credentials;
    if (!known.includes(name)) {
      const names = known.length === 0 ? 'none' : known.join(', ');
      throw new DomainError('validation-failed', `${protocol} has no credential ${name}; it knows ${names}.`);
    }
    return this.uow.run(async (tx) => {
      await this.repository.lock(tx, twin, binding);
      const put = await this.credentials.put(tx, { twin, ...wireOf(binding) }, organization, name, secret);
      await this.repository.renew(tx, twin, binding);
      this.audit.record(tx, { principal, action: 'binding-credential.put', subject: twin, detail: { binding, name } });
      tx.record({ kind: 'binding.changed', subject: twin, data: { name: binding } });
      return put;
    });
  }

  /** @throws DomainError `not-found`, `forbidden` */
  async remove(principal: Principal, twin: TwinId, binding: string, name: string): Promise<void> {
    const { organization } = await this.bindings.read(principal, twin, binding);
    await this.uow.run(async (tx) => {
      await this.repository.lock(tx, twin, binding);
      if (!(await this.credentials.remove(tx, { twin, ...wireOf(binding) }, organization, name))) {
        throw new DomainError('not-found', `The binding ${binding} has no credential ${name}.`);
      }
      await this.repository.renew(tx, twin, binding);
      this.audit.record(tx, { principal, action: 'binding-credential.remove', subject: twin, detail: { binding, name } });
      tx.record({ kind: 'binding.changed', subject: twin, data: { name: binding } });
    });
  }
}
