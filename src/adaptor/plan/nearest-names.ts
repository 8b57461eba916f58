/** Most candidates that a refusal names. */
const MAX_CANDIDATES = 8;

/** Names that resemble one, most alike first, by the share of pairs of letters they have in common; of equal ones in the order given. */
export function nearestNames(wanted: string, names: readonly { readonly name: string; readonly text: string }[]): string[] {
  const own = pairsOf(wanted);
  return names
    .map(({ name, text }) => ({ text, likeness: likeness(own, pairsOf(name)) }))
    .filter(({ likeness: found }) => found > 0)
    .sort((a, b) => b.likeness - a.likeness)
    .slice(0, MAX_CANDIDATES)
    .map(({ text }) => text);
}

function pairsOf(name: string): ReadonlySet<string> {
  const letters = name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
  return new Set(Array.from({ length: Math.max(letters.length - 1, 0) }, (_, index) => letters.slice(index, index + 2)));
}

function likeness(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  if (one.size + other.size === 0) return 0;
  return (2 * [...one].filter((pair) => other.has(pair)).length) / (one.size + other.size);
}
