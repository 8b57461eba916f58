import type { TwinId } from '../../kernel/ids.js';

/** Twins of one page, in order, and the cursor to go on with if there may be more. */
export interface SearchPage {
  readonly ids: readonly TwinId[];
  readonly next?: string;
  /** The cursor to go on with after the twin at `index`, when the page has to be cut there. */
  readonly after: (index: number) => string;
  /** By relevance: how many twins were ranked with one another, when there may be more. */
  readonly ranked?: number;
  /** By relevance: the score of each twin. */
  readonly scores?: readonly number[];
  /** By distance: how far each twin's area is, in meters. */
  readonly meters?: readonly number[];
}
