import { isExactNumber } from '../../kernel/exact-json.js';
import { pointerToken } from '../../problems/dto-validation.js';
import { FormatError } from './payload-format.js';

/** Deepest nesting of a value; what came over the exchange is shallower already. */
export const MAX_DEPTH = 64;

/**
 * Refuses what JSON cannot say, which its serializer would change silently.
 * @throws FormatError on NaN, infinities, undefined members of arrays, functions, bigints, symbols, and on nesting beyond {@link MAX_DEPTH}
 */
export function checkJsonValue(value: unknown): void {
  const fault = faultOf(value, MAX_DEPTH);
  if (fault !== undefined) throw new FormatError(fault.detail, fault.pointer);
}

interface Fault {
  readonly detail: string;
  readonly pointer: string;
}

function faultOf(value: unknown, depth: number): Fault | undefined {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : { detail: `${value} is not a number of JSON`, pointer: '' };
  if (typeof value !== 'object') return { detail: `a value of type ${typeof value} is not a value of JSON`, pointer: '' };
  if (isExactNumber(value)) return undefined;
  if (depth === 0) return { detail: `nested more than ${MAX_DEPTH} deep`, pointer: '' };
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      const fault = faultOf(value[index], depth - 1);
      if (fault !== undefined) return { detail: fault.detail, pointer: `/${index}${fault.pointer}` };
    }
    return undefined;
  }
  for (const key in value) {
    const member = (value as Record<string, unknown>)[key];
    const fault = member === undefined ? undefined : faultOf(member, depth - 1);
    if (fault !== undefined) return { detail: fault.detail, pointer: `/${pointerToken(key)}${fault.pointer}` };
  }
  return undefined;
}
