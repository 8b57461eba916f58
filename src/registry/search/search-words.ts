import { Injectable, type OnModuleInit } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { BackgroundTasks } from '../../database/background-task.js';
import { Database } from '../../database/database.js';

/** Letters of words worth correcting; shorter ones resemble too much. */
const WORD = /[\p{L}\p{M}]{4,32}/gu;
/** Words read from one twin at most. */
const MAX_WORDS = 500;
/** Words that wait to be stored; beyond it, new ones are not noted, and typing errors in them not forgiven until their twin changes again. */
const MAX_WAITING = 100_000;
const BATCH = 2_000;
const STORE_MS = 500;

/** Rides search_word_pkey. Sorted, so that two brokers never wait for each other. */
const STORE = `
  INSERT INTO search_word (word, stem)
  SELECT word, coalesce((ts_lexize('english_stem', word))[1], word) FROM unnest($1::text[]) AS word ORDER BY word COLLATE "C"
  ON CONFLICT (word) DO NOTHING`;

/**
 * The words that profiles hold, for forgiving typing errors. They are gathered after each change and stored a moment later, apart from it: registrations
 * of many brokers would wait for each other on common words. A crash in that moment costs the forgiveness for words that are new, nothing else.
 */
@Injectable()
export class SearchWords implements OnModuleInit {
  private readonly known = new LRUCache<string, true>({ max: 200_000 });
  private readonly waiting = new Set<string>();

  constructor(
    private readonly database: Database,
    private readonly tasks: BackgroundTasks,
  ) {}

  onModuleInit(): void {
    this.tasks.every(STORE_MS, 'search words', () => this.store());
  }

  /** Takes note of the words of a twin that was committed. */
  note(...texts: readonly string[]): void {
    let left = MAX_WORDS;
    for (const text of texts) {
      for (const [word] of text.toLowerCase().matchAll(WORD)) {
        if (left === 0 || this.waiting.size >= MAX_WAITING) return;
        left -= 1;
        if (this.known.has(word)) continue;
        this.known.set(word, true);
        this.waiting.add(word);
      }
    }
  }

  /** Stores what was noted. */
  async store(): Promise<void> {
    while (this.waiting.size > 0) {
      const batch = [...this.waiting].slice(0, BATCH);
      await this.database.query(STORE, [batch]);
      for (const word of batch) this.waiting.delete(word);
    }
  }
}
