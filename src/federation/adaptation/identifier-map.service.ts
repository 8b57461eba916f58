import { Injectable } from '@nestjs/common';
import type { IdentifierPairs } from '../../adaptor/plan/plan-terms.js';
import { type Transaction, UnitOfWork } from '../../database/unit-of-work.js';
import { canonicalJson } from '../../kernel/canonical-json.js';
import type { FederationId } from '../../kernel/ids.js';
import type { Revision } from '../../kernel/revision.js';
import { DomainError } from '../../problems/domain-error.js';
import { matches } from '../../problems/entity-tag.js';
import type { Preconditions } from '../../registry/twin.js';
import { Audit } from '../../security/audit.js';
import type { Principal } from '../../security/principal.js';
import { FederationGate, requireInitiator } from '../federation-gate.js';
import type { Federation } from '../federation.entity.js';
import { FederationRepository } from '../federation.repository.js';
import { isOpenFederation } from '../federation-state.js';
import { MemberView } from '../member-view.js';
import { FederationIdentifiers } from './federation-identifiers.js';

/** The map of identifiers of a federation. */
export interface IdentifierMap {
  readonly federation: FederationId;
  /** Its own, not the federation's. */
  readonly revision: Revision;
  readonly schemes: readonly IdentifierPairs[];
}

/** The identifiers that mean the same within a federation. Plans of its connections follow from them, and are made anew when they change. */
@Injectable()
export class IdentifierMaps {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly gate: FederationGate,
    private readonly view: MemberView,
    private readonly federations: FederationRepository,
    private readonly identifiers: FederationIdentifiers,
    private readonly audit: Audit,
  ) {}

  /** The map, for those who are in the federation. @throws DomainError `not-found` */
  async read(principal: Principal, id: FederationId): Promise<IdentifierMap> {
    // The version first: what is changed in between is refused when somebody changes it on this.
    const federation = await this.view.admit(principal, id, 'identifiers');
    return { federation: id, revision: revisionOf(federation), schemes: await this.identifiers.of(id) };
  }

  /**
   * Puts these pairs in the place of those there were. By the initiator; the same again changes nothing.
   * @throws DomainError `not-found`, `forbidden`, `precondition-failed`, `state-conflict` when the federation has ended
   */
  async replace(
    principal: Principal,
    id: FederationId,
    schemes: readonly IdentifierPairs[],
    preconditions: Pick<Preconditions, 'expected'>,
  ): Promise<IdentifierMap> {
    await this.view.admit(principal, id, 'identifiers');
    return this.uow.run(async (tx) => {
      const federation = await this.gate.lock(tx, principal, id);
      requireInitiator(principal, federation);
      if (preconditions.expected !== undefined && !matches(revisionOf(federation), preconditions.expected)) {
        throw new DomainError('precondition-failed', 'The identifiers are not as If-Match names them: read them again.');
      }
      if (!isOpenFederation(federation.state)) {
        throw new DomainError('state-conflict', `The federation ${id} is ${federation.state}: its identifiers stay as they are.`, {
          extensions: { from: federation.state },
        });
      }
      const isSame = canonicalJson(await this.identifiers.of(id, tx)) === canonicalJson(schemes);
      const present = isSame ? federation : await this.write(tx, principal, federation, schemes);
      return { federation: id, revision: revisionOf(present), schemes };
    });
  }

  private async write(tx: Transaction, principal: Principal, { id }: Federation, schemes: readonly IdentifierPairs[]): Promise<Federation> {
    await this.identifiers.replace(tx, id, schemes);
    const changed = await this.federations.countIdentifierChange(tx, id);
    const { identifiersVersion: version } = changed;
    tx.record({ kind: 'identifiers.changed', subject: id, data: { version } });
    const pairs = schemes.reduce((sum, each) => sum + Object.keys(each.pairs).length, 0);
    this.audit.record(tx, { principal, action: 'federation.identifiers', subject: id, detail: { version, pairs } });
    return changed;
  }
}

function revisionOf({ identifiersVersion, incarnation }: Federation): Revision {
  return { version: identifiersVersion, incarnation };
}
