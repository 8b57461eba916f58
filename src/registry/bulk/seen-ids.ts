import { hash } from 'node:crypto';

/** Words of a slot: 96 bits of the id's hash, and the line; line 0 marks an empty slot. */
const WORDS = 4;
const FIRST_SLOTS = 1_024;

/**
 * Which ids a bulk has had, and in which line: 16 bytes an id at a load of at most a half, whatever the ids' length, so that a million of them take
 * 32 MB. By 96 bits of SHA-256, two different ids of a million are taken for one with a probability below 1e-16.
 */
export class SeenIds {
  private table = new Uint32Array(FIRST_SLOTS * WORDS);
  private size = 0;

  /** Notes the id for this line (a positive integer); gives the line that had it before, if one had. */
  note(id: string, line: number): number | undefined {
    if ((this.size + 1) * 2 * WORDS > this.table.length) this.grow();
    const digest = hash('sha256', id, 'buffer');
    const [a, b, c] = [digest.readUInt32LE(0), digest.readUInt32LE(4), digest.readUInt32LE(8)];
    const slot = this.find(a, b, c);
    const before = this.table[slot + 3] ?? 0;
    if (before !== 0) return before;
    this.table.set([a, b, c, line], slot);
    this.size += 1;
    return undefined;
  }

  /** Offset of the slot that holds these words, or of the empty one where they belong. */
  private find(a: number, b: number, c: number): number {
    const { table } = this;
    const mask = table.length - 1;
    for (let slot = (a * WORDS) & mask; ; slot = (slot + WORDS) & mask) {
      if (table[slot + 3] === 0 || (table[slot] === a && table[slot + 1] === b && table[slot + 2] === c)) return slot;
    }
  }

  private grow(): void {
    const old = this.table;
    this.table = new Uint32Array(old.length * 2);
    for (let slot = 0; slot < old.length; slot += WORDS) {
      const [a = 0, b = 0, c = 0, line = 0] = old.subarray(slot, slot + WORDS);
      if (line !== 0) this.table.set([a, b, c, line], this.find(a, b, c));
    }
  }
}
