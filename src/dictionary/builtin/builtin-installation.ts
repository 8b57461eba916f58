import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { type Transaction, UnitOfWork } from '../../database/unit-of-work.js';
import { canonicalJson } from '../../kernel/canonical-json.js';
import { Audit, BROKER } from '../../security/audit.js';
import { TermChanges } from '../term/term-changes.js';
import { TermRepository } from '../term/term.repository.js';
import { termContentOf } from '../term/term.js';
import { VocabularyRepository } from '../term/vocabulary.repository.js';
import { URBAN } from './builtin-term.js';
import { URBAN_EDITION, URBAN_TERMS, URBAN_VOCABULARY } from './urban-vocabulary.js';

/**
 * Puts the built-in vocabulary into the database when a broker starts: once, whatever number of brokers start together, and again when the program
 * brings a newer edition. A term that an operator has changed or removed is left as it is; an older program leaves a newer edition alone.
 */
@Injectable()
export class BuiltinInstallation implements OnApplicationBootstrap {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly terms: TermRepository,
    private readonly vocabularies: VocabularyRepository,
    private readonly changes: TermChanges,
    private readonly audit: Audit,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (((await this.vocabularies.find(URBAN))?.edition ?? 0) >= URBAN_EDITION) return;
    await this.uow.run(async (tx) => this.install(tx));
  }

  private async install(tx: Transaction): Promise<void> {
    await this.terms.lock(tx);
    const present = await this.vocabularies.find(URBAN, tx);
    if ((present?.edition ?? 0) >= URBAN_EDITION) return;
    const write = { id: URBAN, steward: present?.steward, edition: URBAN_EDITION, content: URBAN_VOCABULARY };
    if (present === undefined) await this.vocabularies.insert(tx, write);
    else await this.vocabularies.update(tx, write);
    this.audit.record(tx, { principal: BROKER, action: 'vocabulary.install', subject: URBAN, detail: { edition: URBAN_EDITION } });
    const stored = await this.terms.stored(URBAN_TERMS.map(({ iri }) => iri), tx); // prettier-ignore
    const owned = await this.terms.lastChangedBy(tx, URBAN, BROKER.subject);
    const writes = URBAN_TERMS.filter(({ iri, content }) => {
      const before = stored.get(iri);
      if (before === undefined) return true;
      return !before.removed && owned.has(iri) && canonicalJson(termContentOf(before.term)) !== canonicalJson(content);
    });
    await this.changes.put(tx, BROKER, { id: URBAN, steward: present?.steward }, writes, 'vocabulary.install-terms');
  }
}
