import { DomainError } from '../../../problems/domain-error.js';
import { pointerToken } from '../../../problems/dto-validation.js';

/**
 * Which JSON Logic a filter may use. All of it ends: nothing in it runs code, and the only loops (some, all, none) go over arrays, within a bound on
 * their steps when they run. Each operator with the fewest and most operands it takes.
 */
export const FILTER_OPERATORS: Readonly<Record<string, readonly [fewest: number, most: number]>> = {
  var: [1, 2],
  '==': [2, 2],
  '===': [2, 2],
  '!=': [2, 2],
  '!==': [2, 2],
  '<': [2, 3],
  '<=': [2, 3],
  '>': [2, 3],
  '>=': [2, 3],
  '!': [1, 1],
  '!!': [1, 1],
  and: [1, 50],
  or: [1, 50],
  if: [2, 50],
  in: [2, 2],
  '+': [1, 50],
  '-': [1, 2],
  '*': [1, 50],
  '/': [2, 2],
  '%': [2, 2],
  min: [1, 50],
  max: [1, 50],
  some: [2, 2],
  all: [2, 2],
  none: [2, 2],
};

/** What `var` may name: the first part of its path. */
export const FILTER_ROOTS: readonly string[] = ['payload', 'header', 'observedAt', 'unit'];

/** Bounds of one filter. */
export const FILTER_LIMITS = { depth: 16, parts: 200, stringLength: 1_000 } as const;

const LOOPS: readonly string[] = ['some', 'all', 'none'];
const FORBIDDEN_NAMES: readonly string[] = ['__proto__', 'constructor', 'prototype'];

/**
 * Checks a filter before it is stored.
 * @param pointer where it lies in what the caller sent
 * @throws DomainError `validation-failed` with a pointer at the part that is wrong
 */
export function checkFilter(filter: unknown, pointer: string): void {
  if (typeof filter !== 'object' || filter === null || Array.isArray(filter))
    refuse(pointer, 'must be a JSON Logic expression: an object with one operator');
  new FilterCheck().part(filter, pointer, 1, false);
}

class FilterCheck {
  private parts = 0;

  part(part: unknown, pointer: string, depth: number, inLoop: boolean): void {
    this.parts += 1;
    if (this.parts > FILTER_LIMITS.parts) refuse(pointer, `is one part too many: a filter has at most ${FILTER_LIMITS.parts}`);
    if (depth > FILTER_LIMITS.depth) refuse(pointer, `is nested too deeply: a filter has at most ${FILTER_LIMITS.depth} levels`);
    if (Array.isArray(part)) part.forEach((item, index) => this.part(item, `${pointer}/${index}`, depth + 1, inLoop));
    else if (typeof part === 'object' && part !== null) this.operation(part, pointer, depth, inLoop);
    else checkScalar(part, pointer);
  }

  private operation(part: object, pointer: string, depth: number, inLoop: boolean): void {
    const [[operator, operand] = ['', undefined], ...others] = Object.entries(part) as [string, unknown][];
    const at = `${pointer}/${pointerToken(operator)}`;
    if (others.length > 0 || operator === '') refuse(pointer, 'must have exactly one operator');
    const bounds = Object.hasOwn(FILTER_OPERATORS, operator) ? FILTER_OPERATORS[operator] : undefined;
    if (bounds === undefined) refuse(at, `is no operator of a filter; there are ${Object.keys(FILTER_OPERATORS).join(', ')}`);
    const takesOne = bounds[0] === 1 && bounds[1] <= 2;
    const operands: unknown[] | undefined = Array.isArray(operand) ? operand : takesOne ? [operand] : undefined;
    if (operands === undefined) refuse(at, 'must be an array of operands');
    if (operands.length < bounds[0] || operands.length > bounds[1]) {
      refuse(at, `takes ${bounds[0] === bounds[1] ? bounds[0] : `${bounds[0]} to ${bounds[1]}`} operands, not ${operands.length}`);
    }
    if (operator === 'var') {
      checkVariable(operands, at, inLoop);
      return;
    }
    operands.forEach((each, index) => {
      this.part(each, Array.isArray(operand) ? `${at}/${index}` : at, depth + 1, inLoop || (LOOPS.includes(operator) && index === 1));
    });
  }
}

function checkVariable([name, fallback]: readonly unknown[], at: string, inLoop: boolean): void {
  if (fallback !== undefined && typeof fallback === 'object' && fallback !== null) refuse(at, 'falls back on a scalar only');
  checkScalar(fallback ?? null, at);
  if (inLoop && typeof name === 'number' && Number.isInteger(name) && name >= 0) return;
  if (typeof name !== 'string') refuse(at, 'names a variable by a text; it cannot be computed');
  checkScalar(name, at);
  const path = name.split('.');
  if (name.includes('../') || name.includes('\\')) refuse(at, 'must be a path of names with dots between them');
  if (path.some((step) => FORBIDDEN_NAMES.includes(step))) refuse(at, `must not name ${FORBIDDEN_NAMES.join(', ')}`);
  if (!inLoop && !FILTER_ROOTS.includes(path[0] ?? '')) refuse(at, `must begin with ${FILTER_ROOTS.join(', ')}`);
}

function checkScalar(value: unknown, pointer: string): void {
  if (typeof value === 'string' && (value.length > FILTER_LIMITS.stringLength || value.includes('\0'))) {
    refuse(pointer, `must be a text of at most ${FILTER_LIMITS.stringLength} characters without NUL`);
  }
  if (typeof value === 'number' && !Number.isFinite(value)) refuse(pointer, 'must be a number that a double can hold');
}

function refuse(pointer: string, detail: string): never {
  throw new DomainError('validation-failed', `${pointer} ${detail}.`, { pointer, errors: [{ pointer, detail }] });
}
