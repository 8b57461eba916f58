import { MAX_LISTED } from './import-format.js';
import type { Unmapped } from './imported-model.js';

const MAX_REASON = 300;
const MAX_POINTER = 1_000;
const MAX_WARNINGS = 100;

/** What a reader could not map, and what it wants to tell besides. Bounded, whatever a document holds. */
export class Notes {
  private readonly listed: Unmapped[] = [];
  private readonly warned = new Set<string>();
  private count = 0;

  /** A part of the document that has no place in a profile. */
  unmapped(pointer: string, reason: string): void {
    this.count += 1;
    if (this.listed.length < MAX_LISTED) this.listed.push({ pointer: pointer.slice(0, MAX_POINTER), reason: reason.slice(0, MAX_REASON) });
  }

  /** Something that was mapped, but not as one might think. */
  warn(text: string): void {
    if (this.warned.size < MAX_WARNINGS) this.warned.add(text.slice(0, MAX_REASON));
  }

  get unmappedPlaces(): readonly Unmapped[] {
    return this.listed;
  }

  get unmappedTotal(): number {
    return this.count;
  }

  get warnings(): readonly string[] {
    return [...this.warned];
  }
}
