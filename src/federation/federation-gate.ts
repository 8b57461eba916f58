import { Injectable } from '@nestjs/common';
import type { Transaction } from '../database/unit-of-work.js';
import { type FederationId, parseTwinId, type TwinId } from '../kernel/ids.js';
import { DomainError } from '../problems/domain-error.js';
import { type DirectoryTwin, TwinDirectory } from '../registry/twin-directory.js';
import { type Principal, requireActsFor } from '../security/principal.js';
import type { Federation } from './federation.entity.js';
import { FederationRepository } from './federation.repository.js';
import { isWorkingFederation } from './federation-state.js';

/** @throws DomainError `forbidden` unless the principal acts for the federation's initiator */
export function requireInitiator(principal: Principal, federation: Federation): void {
  requireActsFor(principal, { id: federation.initiator, owner: federation.initiatorOrganization });
}

/** @throws DomainError `state-conflict` unless members may connect */
export function requireWorking({ id, state }: Federation): void {
  if (isWorkingFederation(state)) return;
  throw new DomainError('state-conflict', `The federation ${id} is ${state}; twins connect while it is ACTIVE or DEGRADED.`, {
    extensions: { from: state, allowed: ['ACTIVE', 'DEGRADED'] },
  });
}

/** Finds what a request is about, as far as its caller may see it: what one may not see does not exist. */
@Injectable()
export class FederationGate {
  constructor(
    private readonly directory: TwinDirectory,
    private readonly federations: FederationRepository,
  ) {}

  /**
   * A registered twin that the principal may see. Asks the cached directory, so it is called before a transaction is opened.
   * @param pointer where the caller named the twin
   * @throws DomainError `not-found`
   */
  async twin(principal: Principal, id: string, pointer: string): Promise<DirectoryTwin> {
    const twinId: TwinId = parseTwinId(id);
    const twin = (await this.sees(principal, twinId)) ? await this.directory.find(twinId) : undefined;
    if (twin !== undefined) return twin;
    throw new DomainError('not-found', `There is no twin ${id} that you may see.`, { pointer });
  }

  /** The registered twin, whoever asks; by the cached directory. */
  registered(id: TwinId): Promise<DirectoryTwin | undefined> {
    return this.directory.find(id);
  }

  /** Whether the principal may see the twin; by the cached directory, so before a transaction is opened. */
  sees(principal: Principal, id: TwinId): Promise<boolean> {
    return this.directory.isVisible(principal, id);
  }

  /**
   * Takes the federation's row lock, under which everything in it changes.
   * @throws DomainError `not-found` when there is none that the principal may see
   */
  async lock(tx: Transaction, principal: Principal, id: FederationId, pointer?: string): Promise<Federation> {
    const federation = await this.federations.lockVisible(tx, principal, id);
    if (federation === undefined) throw unknownFederation(id, pointer);
    return federation;
  }

  /** @throws DomainError `not-found` when there is no federation that the principal may see */
  async read(principal: Principal, id: FederationId, tx?: Transaction): Promise<Federation> {
    const federation = await this.federations.findVisible(principal, id, tx);
    if (federation === undefined) throw unknownFederation(id);
    return federation;
  }
}

function unknownFederation(id: FederationId, pointer?: string): DomainError {
  return new DomainError('not-found', `There is no federation ${id} that you may see.`, { pointer });
}
