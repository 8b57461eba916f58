import type { ProblemPlace } from '../problems/domain-error.js';
import { pointerToken } from '../problems/dto-validation.js';

/** Containers within containers that a stored document may have. */
export const MAX_STORED_DEPTH = 64;

function faultOfText(text: string): string | undefined {
  if (text.includes('\0')) return 'must not contain the character U+0000';
  if (/\p{Cs}/u.test(text)) return 'must not contain half of a surrogate pair';
  return undefined;
}

function faultOf(value: unknown, depth: number): string | undefined {
  if (typeof value === 'string') return faultOfText(value);
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : 'must be a finite number';
  if (typeof value === 'object' && value !== null && depth > MAX_STORED_DEPTH) return `is nested more than ${MAX_STORED_DEPTH} deep`;
  return undefined;
}

/** Nearly every value is fine; saying so takes neither pointers nor a list of what is left to look at. The depth bounds the recursion. */
function isStorable(value: unknown, depth: number): boolean {
  if (typeof value === 'string') return isStorableText(value);
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  if (depth > MAX_STORED_DEPTH) return false;
  if (Array.isArray(value)) return value.every((element) => isStorable(element, depth + 1));
  for (const key of Object.keys(value)) {
    if (!isStorableText(key) || !isStorable((value as Record<string, unknown>)[key], depth + 1)) return false;
  }
  return true;
}

// String.prototype.isWellFormed is in every supported Node, but in no TypeScript library this project targets.
function isStorableText(text: string): boolean {
  return !text.includes('\0') && (text as string & { isWellFormed(): boolean }).isWellFormed();
}

/**
 * Finds the first place of a JSON value that PostgreSQL's jsonb would refuse or change: U+0000, lone surrogates, numbers beyond a double, endless
 * nesting. Iterative, so that no nesting overflows the stack.
 */
export function findUnstorable(root: unknown, prefix = ''): ProblemPlace | undefined {
  if (isStorable(root, 1)) return undefined;
  const open: { value: unknown; pointer: string; depth: number }[] = [{ value: root, pointer: prefix, depth: 1 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, pointer, depth } = next;
    const fault = faultOf(value, depth);
    if (fault !== undefined) return { pointer, detail: fault };
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, member] of Object.entries(value).reverse()) {
      const faultOfKey = faultOfText(key);
      if (faultOfKey !== undefined) return { pointer, detail: `has a member whose name ${faultOfKey}` };
      open.push({ value: member, pointer: `${pointer}/${pointerToken(key)}`, depth: depth + 1 });
    }
  }
  return undefined;
}
