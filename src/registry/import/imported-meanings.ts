import { Injectable } from '@nestjs/common';
import { TermDirectory } from '../../dictionary/term/term-directory.js';
import { Units } from '../../dictionary/unit/units.js';
import type { ImportedFeature, Meaning } from './imported-model.js';
import type { Notes } from './notes.js';

const IRI = /^[A-Za-z][A-Za-z0-9+.-]{0,30}:[^\s<>"{}|\\^`\p{Cc}\p{Cs}]{1,1000}$/u;
/** Terms of one name beyond which it is no use. */
const MAX_NAMESAKES = 8;

/** Gives imported features their semantic types, with the help of the dictionary where a document gives none. */
@Injectable()
export class ImportedMeanings {
  constructor(
    private readonly terms: TermDirectory,
    private readonly units: Units,
  ) {}

  /**
   * The semantic type of a feature: an IRI that the document gives; an IRI that its context makes likely and the dictionary knows; the only term that
   * is called so. A term whose unit cannot be converted to the feature's is not what is meant.
   */
  async semanticType({ spec, meaning, pointer }: ImportedFeature, notes: Notes): Promise<string | undefined> {
    const given = meaning.iris?.find((iri) => IRI.test(iri));
    if (given !== undefined) {
      if (await this.fits(given, spec.unit)) return given;
      notes.unmapped(
        pointer,
        `Its unit ${spec.unit ?? ''} is not commensurable with the unit of the term ${given}; it has no semantic type.`,
      );
      return undefined;
    }
    const guessed = await this.guess(meaning);
    return guessed !== undefined && (await this.fits(guessed, spec.unit)) ? guessed : undefined;
  }

  private async guess({ likely = [], name }: Meaning): Promise<string | undefined> {
    for (const iri of likely) if (IRI.test(iri) && (await this.terms.find(iri)) !== undefined) return iri;
    if (name === undefined || name.length > 200) return undefined;
    return this.oneOf(await this.known(await this.terms.resolve(name)));
  }

  private async known(iris: readonly string[]): Promise<string[]> {
    const terms = await Promise.all([...new Set(iris)].slice(0, MAX_NAMESAKES).map(async (iri) => (await this.terms.find(iri)) && iri));
    return terms.filter((iri) => iri !== undefined);
  }

  /** Terms of one name that all match are one meaning: the first that stands for the others. */
  private async oneOf(iris: readonly string[]): Promise<string | undefined> {
    if (iris.length <= 1) return iris[0];
    for (const iri of iris) {
      const matches = new Set(await this.terms.expand(iri));
      if (iris.every((other) => matches.has(other))) return iri;
    }
    return undefined;
  }

  private async fits(iri: string, unit: string | undefined): Promise<boolean> {
    if (unit === undefined) return true;
    const term = await this.terms.find(iri);
    return term?.unit === undefined || this.units.commensurable(unit, term.unit);
  }
}
