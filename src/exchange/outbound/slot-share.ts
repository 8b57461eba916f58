/** A slot in use, as the table shows it. */
export interface SlotRow {
  readonly slot: number;
  readonly owner: string | null;
  readonly fence: string;
  readonly wantedBy: string | null;
  readonly isFree: boolean;
}

/**
 * The slots that a broker asks the others for: as many as it lacks of an equal share, from those that have most. Nothing while some are free, which it
 * just takes, or while it waits for what it asked for.
 */
export function shareOf(slots: readonly SlotRow[], me: string): number[] {
  if (slots.some(({ isFree, wantedBy }) => isFree || wantedBy === me)) return [];
  const byOwner = new Map<string, number[]>([[me, []]]);
  for (const { slot, owner } of slots) if (owner !== null) byOwner.set(owner, [...(byOwner.get(owner) ?? []), slot]);
  const fair = Math.floor(slots.length / byOwner.size);
  let lacking = fair - (byOwner.get(me)?.length ?? 0);
  const asked: number[] = [];
  for (const [owner, theirs] of [...byOwner].toSorted(([, a], [, b]) => b.length - a.length)) {
    if (owner === me || lacking <= 0) continue;
    const spare = theirs.slice(0, Math.min(theirs.length - fair, lacking));
    asked.push(...spare);
    lacking -= spare.length;
  }
  return asked;
}
