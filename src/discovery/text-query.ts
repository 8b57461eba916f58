/** PostgreSQL's limit for a word is 2,046 bytes; changing case may lengthen it. */
const MAX_WORD_BYTES = 1_000;
const WORD = /[\p{L}\p{N}\p{M}]+/gu;
/** Signs by which websearch_to_tsquery means more than words. */
const OPERATORS = /"|(^|\s)(-|or(\s|$))/iu;

/** What is handed to PostgreSQL for a text. */
export interface TextQuery {
  /** For websearch_to_tsquery, which never fails on words of bearable length. */
  readonly webSearch: string;
  /** For a cast to tsquery: every word, the last as the beginning of one; null when the text uses operators or has no words. */
  readonly prefix: string | null;
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
  const lexemes = words.map((word, index) => `'${word}'${index === words.length - 1 ? ':*' : ''}`);
  return { webSearch, prefix: OPERATORS.test(webSearch) ? null : lexemes.join(' & ') };
}
