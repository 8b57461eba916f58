import { Injectable } from '@nestjs/common';
import type { Probe } from '../../adaptor/protocol/inbound-protocol.js';
import type { InboundProtocol } from '../../adaptor/protocol/inbound-protocol.js';
import { InboundProtocols } from '../../adaptor/protocol/wire-protocols.js';
import { UnitOfWork } from '../../database/unit-of-work.js';
import type { TwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import { TwinDirectory } from '../../registry/twin-directory.js';
import { Absences } from '../../registry/lease/absences.js';
import { Audit } from '../../security/audit.js';
import type { Principal } from '../../security/principal.js';
import { InboxOwner } from '../outbound/inbox-owner.js';
import { WireCredentials } from '../wire-credential/wire-credentials.js';
import { BindingRepository } from './binding.repository.js';
import { absenceSource, type StoredBinding } from './binding.js';
import { sessionBinding, wireOf } from './binding-wire.js';
import { NotificationAddresses } from './notification-addresses.js';
import { withNotified } from './notified-figures.js';

/** What a caller wants listened to. */
export interface BindingRequest {
  readonly protocol: string;
  readonly settings: unknown;
  readonly feature?: string;
  readonly enabled?: boolean;
}

/** What came of a test. */
export type ProbeReport = Probe & { readonly latencyMs: number };

/** The most bindings of one twin. */
export const MAX_BINDINGS = 20;
const PROBE_MS = 10_000;

/** What the broker listens to on behalf of a twin. */
@Injectable()
export class BindingService {
  constructor(
    private readonly bindings: BindingRepository,
    private readonly protocols: InboundProtocols,
    private readonly credentials: WireCredentials,
    private readonly addresses: NotificationAddresses,
    private readonly owner: InboxOwner,
    private readonly twins: TwinDirectory,
    private readonly absences: Absences,
    private readonly uow: UnitOfWork,
    private readonly audit: Audit,
  ) {}

  /** @throws DomainError `not-found`, `forbidden` */
  async list(principal: Principal, twin: TwinId): Promise<StoredBinding[]> {
    const organization = await this.owner.require(principal, twin);
    const notified = await this.addresses.counted(twin);
    const own = (await this.bindings.ofTwin(twin)).filter((binding) => binding.organization === organization);
    return own.map((binding) => withNotified(binding, notified.get(binding.name)));
  }

  /** @throws DomainError `not-found`, `forbidden` */
  async read(principal: Principal, twin: TwinId, name: string): Promise<StoredBinding> {
    const organization = await this.owner.require(principal, twin);
    const binding = await this.bindings.find(twin, name);
    if (binding?.organization !== organization) throw new DomainError('not-found', `${twin} has no binding ${name}.`);
    return withNotified(binding, (await this.addresses.counted(twin)).get(name));
  }

  /**
   * Has the broker listen, at once and until told otherwise. What is being taken under older settings is taken still.
   * @throws DomainError `validation-failed`, `not-found`, `forbidden`, `state-conflict` when there are {@link MAX_BINDINGS}
   */
  async put(principal: Principal, twin: TwinId, name: string, request: BindingRequest): Promise<StoredBinding> {
    const organization = await this.owner.require(principal, twin);
    const settings = readBeneath('/settings', () => this.protocol(request.protocol).read(request.settings));
    await this.checkFeature(twin, request.feature);
    const { protocol, feature = null, enabled = true } = request;
    const stored = await this.uow.run(async (tx) => {
      const old = await this.bindings.lock(tx, twin, name);
      if (old === undefined && (await this.bindings.ofTwin(twin)).length >= MAX_BINDINGS) {
        throw new DomainError('state-conflict', `There are ${MAX_BINDINGS} bindings, the most there may be: remove one first.`);
      }
      if (old !== undefined && old.organization !== organization) await this.credentials.forget(tx, twin, wireOf(name).wire);
      const isSame = old?.organization === organization && old.protocol === protocol && isSameSource(old.settings, settings);
      const state = enabled ? (isSame && old.enabled && old.state === 'LOST' ? 'LOST' : 'CONNECTING') : 'DISCONNECTED';
      const binding = await this.bindings.put(tx, { twin, name, organization, protocol, settings, feature, enabled, state }, isSame);
      this.audit.record(tx, {
        principal,
        action: 'binding.configure',
        subject: twin,
        detail: { name, protocol, settings, feature, enabled },
      });
      tx.record({ kind: 'binding.changed', subject: twin, data: { name } });
      return binding;
    });
    if (stored.state !== 'LOST') await this.absences.end(twin, absenceSource(name));
    return stored;
  }

  /** Listens no longer, and forgets the credentials. @throws DomainError `not-found`, `forbidden` */
  async remove(principal: Principal, twin: TwinId, name: string): Promise<void> {
    await this.read(principal, twin, name);
    await this.uow.run(async (tx) => {
      await this.bindings.lock(tx, twin, name);
      if (!(await this.bindings.delete(tx, twin, name))) return;
      await this.addresses.forget(tx, twin, name);
      await this.credentials.forget(tx, twin, wireOf(name).wire);
      this.audit.record(tx, { principal, action: 'binding.remove', subject: twin, detail: { name } });
      tx.record({ kind: 'binding.changed', subject: twin, data: { name } });
    });
    await this.absences.end(twin, absenceSource(name));
  }

  /** Connects as the binding does, takes nothing, and says what came of it. @throws DomainError `not-found`, `forbidden` */
  async test(principal: Principal, twin: TwinId, name: string): Promise<ProbeReport> {
    const binding = await this.read(principal, twin, name);
    const secrets = await this.credentials.open({ twin, ...wireOf(name) }, binding.organization);
    const begun = performance.now();
    const outcome = await this.protocol(binding.protocol).probe(sessionBinding(binding, secrets), AbortSignal.timeout(PROBE_MS));
    return { ...outcome, latencyMs: Math.round(performance.now() - begun) };
  }

  /** The protocol of a binding. @throws DomainError `validation-failed` */
  protocol(name: string): InboundProtocol {
    const protocol = this.protocols.find(name);
    if (protocol !== undefined) return protocol;
    const detail = `must be one of ${this.protocols.names.join(', ')}`;
    throw new DomainError('validation-failed', `The broker does not listen by ${name}.`, {
      pointer: '/protocol',
      errors: [{ pointer: '/protocol', detail }],
    });
  }

  private async checkFeature(twin: TwinId, name: string | undefined): Promise<void> {
    if (name === undefined) return;
    const features = (await this.twins.find(twin))?.features ?? [];
    if (features.some((feature) => feature.kind === 'data' && feature.name === name)) return;
    throw new DomainError('validation-failed', `${twin} has no data feature ${name}.`, {
      pointer: '/feature',
      errors: [{ pointer: '/feature', detail: 'is not a data feature of the twin' }],
    });
  }
}

/** Whether a place in one source means the same in the other. */
function isSameSource(old: Readonly<Record<string, unknown>>, settings: Readonly<Record<string, unknown>>): boolean {
  return old['url'] === settings['url'];
}

function readBeneath<T>(prefix: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof DomainError) || error.pointer === '/protocol') throw error;
    throw error.beneath(prefix);
  }
}
