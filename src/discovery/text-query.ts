/** PostgreSQL's limit for a word is 2,046 bytes; changing case may lengthen it. */
const MAX_WORD_BYTES = 1_000;
const WORD = /[\p{L}\p{N}\p{M}]+/gu;
/** Signs by which websearch_to_tsquery means more than words. */
const OPERATORS = /"|(^|\s)(-|or(\s|$))/iu;
/** Shorter beginnings of words are the beginning of too many. */
const SHORTEST_PREFIX = 3;
/** Words that may be mistyped: letters only, and enough of them. */
const CORRECTABLE = /^[\p{L}\p{M}]{4,32}$/u;
const MAX_CORRECTED = 16;

/** What is handed to PostgreSQL for a text. */
export interface TextQuery {
  /** For websearch_to_tsquery, which never fails on words of bearable length. */
  readonly webSearch: string;
  /** For a cast to tsquery: every word, the last as the beginning of one; null when the text uses operators or has no words. */
  readonly prefix: string | null;
  /** The words, in lower case; empty when the text uses operators. */
  readonly words: readonly string[];
  /** For a cast to tsquery: every word, or one of those it was perhaps meant to be. */
  readonly corrected?: string;
}

function isPrefix(word: string): boolean {
  return word.length >= SHORTEST_PREFIX || (word.codePointAt(0) ?? 0) > 0x2e7f;
}

/** Reads what a person typed. Gives undefined when there is nothing in it to look for. */
export function readTextQuery(text: string): TextQuery | undefined {
  const webSearch = text
    .replace(/[\p{Cc}\p{Cs}]/gu, ' ')
    .split(/\s+/u)
    .filter((word) => word !== '' && Buffer.byteLength(word) <= MAX_WORD_BYTES)
    .join(' ');
  const words = webSearch.toLowerCase().match(WORD);
  if (words === null) return undefined;
  if (OPERATORS.test(webSearch)) return { webSearch, prefix: null, words: [] };
  const lexemes = words.map((word, index) => `'${word}'${index === words.length - 1 && isPrefix(word) ? ':*' : ''}`);
  return { webSearch, prefix: lexemes.join(' & '), words };
}

/** Words of the text that could be typing errors. */
export function correctableWords({ words }: TextQuery): string[] {
  return [...new Set(words)].filter((word) => CORRECTABLE.test(word)).slice(0, MAX_CORRECTED);
}

/** The query with words put in the place of those that nobody uses. */
export function withCorrections(query: TextQuery, corrections: ReadonlyMap<string, readonly string[]>): TextQuery {
  if (![...corrections.values()].some((words) => words.length > 0)) return query;
  const corrected = query.words.map((word) => `(${[word, ...(corrections.get(word) ?? [])].map((each) => `'${each}'`).join(' | ')})`);
  return { ...query, corrected: corrected.join(' & ') };
}
