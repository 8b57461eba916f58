import { canonicalJson } from '../../kernel/canonical-json.js';
import { placeText } from '../semantic/place.js';
import type { Meanings } from './meanings.js';
import type { ChangeOutcome, ValuePair } from './value-changes.js';
import type { ValuePlace } from './value-places.js';

type Code = string | number | boolean;

interface MeantCode {
  readonly code: Code;
  /** What it means: terms, and values of enumerated terms as `<iri> <code>`. */
  readonly means: ReadonlySet<string>;
}

/** Finds which codes of two enumerations mean the same: by the terms that `x-codes` names, else by the values of the property's term. */
export class CodeCrosswalks {
  constructor(private readonly meanings: Meanings) {}

  /** Undefined when both sides speak of the same codes, or one of any. */
  async between({ source, target, isRequired }: ValuePair): Promise<ChangeOutcome | undefined> {
    const [from, to] = [await this.codesOf(source), await this.codesOf(target)];
    if (from === undefined || to === undefined) return undefined;
    const pairs: [Code, Code][] = [];
    const alone: Code[] = [];
    for (const { code, means } of from) {
      const fits = await this.counterparts(code, means, to);
      if (fits.length > 1) {
        const detail = `the code ${JSON.stringify(code)} may be any of several`;
        return { unbridged: { code: 'semantic-unresolved', step: 'codes', at: target.place, detail, candidates: fits.map(String) } };
      }
      if (fits[0] === undefined) alone.push(code);
      else pairs.push([code, fits[0]]);
    }
    if (alone.length > 0 && (isRequired || pairs.length === 0)) {
      const detail = `the code ${JSON.stringify(alone[0])} has no counterpart`;
      return {
        unbridged: {
          code: 'semantic-unresolved',
          step: 'codes',
          at: target.place,
          detail,
          candidates: to.map(({ code }) => String(code)).slice(0, 20),
        },
      };
    }
    if (alone.length === 0 && pairs.every(([one, other]) => one === other)) return undefined;
    const entry = { at: placeText(target.place), codes: pairs, otherwise: alone.length > 0 ? 'drop' : 'refuse' };
    return { changes: [{ step: 'codes', entry }] };
  }

  private async counterparts(code: Code, means: ReadonlySet<string>, to: readonly MeantCode[]): Promise<Code[]> {
    const meant = to.filter((other) => [...other.means].some((each) => means.has(each)));
    if (meant.length > 0) return meant.map((other) => other.code);
    for (const other of to) {
      for (const wanted of other.means) {
        for (const offered of means) {
          if (/\s/.test(wanted) || /\s/.test(offered)) continue;
          const relation = await this.meanings.relation(offered, wanted);
          if (relation === 'exactMatch' || relation === 'narrower') return [other.code];
        }
      }
    }
    // The same code is taken for the same only where nobody says what it means.
    return to
      .filter((other) => canonicalJson(other.code) === canonicalJson(code) && (means.size === 0 || other.means.size === 0))
      .map((other) => other.code);
  }

  private async codesOf({ node, meaning }: ValuePlace): Promise<MeantCode[] | undefined> {
    const { codes: declared } = node.says;
    const codes = (node.codes ?? Object.keys(declared ?? {})).filter((code): code is Code =>
      ['string', 'number', 'boolean'].includes(typeof code),
    );
    if (codes.length === 0) return undefined;
    const known =
      declared === undefined && meaning !== undefined ? await this.meanings.codes(meaning.term) : new Map<string, ReadonlySet<string>>();
    return codes.map((code) => {
      const term = declared !== undefined && Object.hasOwn(declared, String(code)) ? declared[String(code)] : undefined;
      return { code, means: term === undefined ? (known.get(String(code)) ?? new Set<string>()) : new Set([term]) };
    });
  }
}
