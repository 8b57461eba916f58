import { _, str, type Ajv, type CodeKeywordDefinition, type KeywordCxt } from 'ajv';
import { canonicalJson } from '../../kernel/canonical-json.js';
import { WORK } from './schema-plan.js';
import type { WorkBudget } from './work-budget.js';

type Core = Pick<Ajv, 'addKeyword' | 'removeKeyword'>;
type Check = (value: unknown) => boolean;

/**
 * Replaces those keywords of the validator that can be made slow, or to throw, by a payload: `uniqueItems` compares each item with each other, `const`
 * and `enum` ask a payload's object for its `valueOf`, and `enum` grows code. Adds the keyword that charges for the work.
 */
export function addSafeKeywords(validator: Core, budget: WorkBudget): void {
  for (const definition of [
    checked(
      'uniqueItems',
      'array',
      'boolean',
      'must NOT have duplicate items',
      (unique) => (items) => unique !== true || areUnique(items as unknown[], budget),
    ),
    checked('const', undefined, undefined, 'must be equal to the constant of the schema', (constant) => (value) => isSame(value, constant)),
    checked('enum', undefined, 'array', 'must be one of the values listed in the schema', (values) => membership(values as unknown[])),
    length('minLength', 'fewer', budget, (text, limit) => text.length >= limit && (text.length >= 2 * limit || codePoints(text) >= limit)),
    length('maxLength', 'more', budget, (text, limit) => text.length <= limit || (text.length <= 2 * limit && codePoints(text) <= limit)),
  ]) {
    validator.removeKeyword(definition.keyword as string);
    validator.addKeyword(definition);
  }
  const charge = (units: number) => budget.spend(units);
  validator.addKeyword({
    keyword: WORK,
    schemaType: 'number',
    before: '$ref',
    code: ({ gen, schema }: KeywordCxt) => void gen.code(_`${gen.scopeValue('func', { ref: charge })}(${schema as number})`),
  });
}

function checked(
  keyword: string,
  type: 'array' | undefined,
  schemaType: 'array' | 'boolean' | undefined,
  message: string,
  prepare: (schema: unknown) => Check,
): CodeKeywordDefinition {
  return {
    keyword,
    ...(type && { type }),
    ...(schemaType && { schemaType }),
    error: { message },
    code: (context) => context.pass(_`${context.gen.scopeValue('func', { ref: prepare(context.schema) })}(${context.data})`),
  };
}

function length(
  keyword: string,
  word: string,
  budget: WorkBudget,
  accepts: (text: string, limit: number) => boolean,
): CodeKeywordDefinition {
  return {
    keyword,
    type: 'string',
    schemaType: 'number',
    error: { message: ({ schemaCode }) => str`must NOT have ${word} than ${schemaCode} characters` },
    code: (context) => {
      const limit = context.schema as number;
      const check = (text: string): boolean => {
        budget.spendOnText(text.length);
        return accepts(text, limit);
      };
      context.pass(_`${context.gen.scopeValue('func', { ref: check })}(${context.data})`);
    },
  };
}

function membership(values: readonly unknown[]): Check {
  const scalars = new Set(values.filter((value) => typeof value !== 'object' || value === null));
  const others = values.filter((value) => typeof value === 'object' && value !== null);
  return (value) => (typeof value === 'object' && value !== null ? others.some((other) => isSame(value, other)) : scalars.has(value));
}

function areUnique(items: readonly unknown[], budget: WorkBudget): boolean {
  const seen = new Set<unknown>();
  for (const item of items) {
    // Canonical text of objects and arrays begins with a bracket; the prefix keeps strings apart from it.
    const key = typeof item === 'object' && item !== null ? canonicalJson(item) : typeof item === 'string' ? `"${item}` : item;
    budget.spendOnText(typeof key === 'string' ? key.length : 1);
    if (seen.has(key)) return false;
    seen.add(key);
  }
  return true;
}

/** Equality of JSON values. The work is bounded by the second one, which comes from a schema. */
function isSame(value: unknown, constant: unknown): boolean {
  if (value === constant) return true;
  if (typeof value !== 'object' || typeof constant !== 'object' || value === null || constant === null) return false;
  if (Array.isArray(value) || Array.isArray(constant)) {
    return (
      Array.isArray(value) &&
      Array.isArray(constant) &&
      value.length === constant.length &&
      constant.every((item, index) => isSame(value[index], item))
    );
  }
  const keys = Object.keys(constant);
  return (
    Object.keys(value).length === keys.length &&
    keys.every((key) => Object.hasOwn(value, key) && isSame(member(value, key), member(constant, key)))
  );
}

function member(value: object, key: string): unknown {
  return (value as Record<string, unknown>)[key];
}

function codePoints(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length - 1; i++) {
    const pair = text.codePointAt(i) ?? 0;
    if (pair > 0xffff) {
      count -= 1;
      i += 1;
    }
  }
  return count;
}
