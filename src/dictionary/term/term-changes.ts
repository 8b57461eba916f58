import { Injectable } from '@nestjs/common';
import type { Transaction } from '../../database/unit-of-work.js';
import { DomainError } from '../../problems/domain-error.js';
import { Audit, type AuditActor } from '../../security/audit.js';
import { refuseCycles } from './hierarchy.js';
import { OWN_NAMESPACE } from './stewardship.js';
import { refuseLargeTerm } from './term-submission.js';
import { TermRepository, type TermWrite } from './term.repository.js';
import type { VocabularyRecord } from './term.js';
import { VocabularyRepository } from './vocabulary.repository.js';

/** Terms that one vocabulary may hold. */
export const MAX_TERMS = 10_000;

/**
 * How terms change once the caller's right is settled and the dictionary's lock is held: rows, versions, what is derived, news and audit, in the
 * caller's transaction.
 */
@Injectable()
export class TermChanges {
  constructor(
    private readonly terms: TermRepository,
    private readonly vocabularies: VocabularyRepository,
    private readonly audit: Audit,
  ) {}

  /**
   * Writes new versions of terms of one vocabulary.
   * @param action of the audit log; its subject is the one term, or the vocabulary when there are several
   * @throws DomainError `forbidden` for an IRI in another vocabulary's namespace, `state-conflict` for cycles and full vocabularies,
   * `payload-too-large`
   */
  async put(
    tx: Transaction,
    actor: AuditActor,
    vocabulary: Pick<VocabularyRecord, 'id' | 'steward'>,
    writes: readonly TermWrite[],
    action: string,
  ): Promise<void> {
    if (writes.length === 0) return;
    for (const { iri, content } of writes) refuseLargeTerm(iri, content);
    const iris = writes.map(({ iri }) => iri);
    await this.refuseForeignNamespaces(tx, actor, vocabulary.id, iris);
    await this.terms.put(tx, writes, actor.subject);
    await refuseCycles(iris, (level) => this.terms.broaderOf(tx, level));
    const count = await this.terms.count(tx, vocabulary.id);
    if (count > MAX_TERMS) throw new DomainError('state-conflict', `A vocabulary holds at most ${MAX_TERMS} terms.`);
    this.tell(tx, actor, vocabulary, iris, action);
  }

  /**
   * Takes a term out; its versions stay readable.
   * @throws DomainError `state-conflict` when other terms refer to it
   */
  async remove(tx: Transaction, actor: AuditActor, vocabulary: Pick<VocabularyRecord, 'id' | 'steward'>, iri: string): Promise<void> {
    const referrers = await this.terms.referrers(tx, iri);
    if (referrers.length > 0) {
      throw new DomainError('state-conflict', `Other terms refer to ${iri}: deprecate it, or change them first.`, {
        extensions: { referrers },
      });
    }
    await this.terms.remove(tx, iri, actor.subject);
    this.tell(tx, actor, vocabulary, [iri], 'term.remove');
  }

  /** Many changes at once are one piece of news: whoever keeps terms in memory forgets them all anyway. */
  private tell(
    tx: Transaction,
    actor: AuditActor,
    vocabulary: Pick<VocabularyRecord, 'id' | 'steward'>,
    iris: readonly string[],
    action: string,
  ): void {
    const [only] = iris;
    const subject = iris.length === 1 && only !== undefined ? only : vocabulary.id;
    tx.record({ kind: 'term.changed', subject, data: { vocabulary: vocabulary.id, action, terms: iris.length } });
    this.audit.record(tx, {
      principal: actor,
      action,
      subject,
      detail: { vocabulary: vocabulary.id, terms: iris.length },
      chain: vocabulary.steward,
    });
  }

  private async refuseForeignNamespaces(tx: Transaction, actor: AuditActor, vocabulary: string, iris: readonly string[]): Promise<void> {
    const namespaces = await this.vocabularies.namespacesOf(tx, iris);
    for (const iri of iris) {
      const other = namespaces.get(iri);
      if (other !== undefined && other !== vocabulary) {
        throw new DomainError('forbidden', `The IRI ${iri} lies in the namespace of another vocabulary, ${other}.`);
      }
      const reserved = iri.startsWith(OWN_NAMESPACE) && actor.kind !== 'broker' && actor.kind !== 'operator';
      if (reserved && other === undefined)
        throw new DomainError('forbidden', `IRIs that begin with ${OWN_NAMESPACE} are this product’s own.`);
    }
  }
}
