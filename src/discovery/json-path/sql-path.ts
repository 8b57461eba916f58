import { jsonpath, type JSONPathQuery } from 'json-p3';
import { JsonPathRefused } from './json-path-condition.js';
import { toSqlPattern } from './regular-expression.js';

/*
 * From RFC 9535 to SQL/JSON paths. They look alike and are not: PostgreSQL unwraps arrays or fails, has three truth values and no unions. So a path
 * becomes one predicate made of exists() that asks for the type before each step, in strict mode, where nothing is unwrapped; no step can then
 * fail, no predicate be unknown, and `!` means what it says.
 */

/** Characters of the predicate; steps that may be one of several things each double what follows them. */
const MAX_LENGTH = 16_000;
const MAX_DESCENTS = 2;
const MAX_SLICE = 64;
const MAX_INDEX = 1_000_000;

export type Segment = JSONPathQuery['segments'][number];
export type Selector = Segment['selectors'][number];
export type Expression = InstanceType<typeof jsonpath.expressions.LogicalExpression>['expression'];

const { NameSelector, IndexSelector, SliceSelector, WildcardSelector, FilterSelector } = jsonpath.selectors;
const { BooleanLiteral, FilterQuery, FunctionExtension, InfixExpression, LogicalExpression, NullLiteral } = jsonpath.expressions;
const { NumberLiteral, PrefixExpression, RootQuery, StringLiteral } = jsonpath.expressions;

/** What holds of `@`. */
type Predicate = string | boolean;

/** Literals as SQL/JSON path has them. */
export type Literal = string | number | boolean | null;

const OBJECT = '? (@.type() == "object")';
const ARRAY = '? (@.type() == "array")';
const MIRRORED: Readonly<Record<string, string>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=', '==': '==', '!=': '!=' };

function bounded(text: string): string {
  if (text.length <= MAX_LENGTH) return text;
  throw new JsonPathRefused('too many wildcards, filters and alternatives one after the other: it would become too large a query');
}

/** Text as a string of SQL/JSON path, which has JSON's escapes. */
function quoted(text: string): string {
  if (/\0|\p{Cs}/u.test(text)) throw new JsonPathRefused('a text in it holds characters that no profile can hold');
  return JSON.stringify(text);
}

function exists(path: string, predicate: Predicate): Predicate {
  if (predicate === false) return false;
  return bounded(predicate === true ? `exists(${path})` : `exists(${path} ? (${predicate}))`);
}

function or(predicates: readonly Predicate[]): Predicate {
  if (predicates.includes(true)) return true;
  const possible = predicates.filter((predicate) => predicate !== false);
  return possible.length < 2 ? (possible[0] ?? false) : bounded(`(${possible.join(' || ')})`);
}

function and(left: Predicate, right: Predicate): Predicate {
  if (left === false || right === false) return false;
  if (left === true) return right;
  return right === true ? left : bounded(`(${left} && ${right})`);
}

function not(predicate: Predicate): Predicate {
  return typeof predicate === 'boolean' ? !predicate : bounded(`!(${predicate})`);
}

/** Whether the segment is a descendant segment (`..`); the library does not export its class. */
export function isDescent(segment: Segment): boolean {
  return segment.toString().startsWith('..');
}

/** The literal that an expression is; undefined for another expression. */
export function literalOf(expression: Expression): { readonly value: Literal } | undefined {
  if (expression instanceof NullLiteral) return { value: null };
  const isValue = expression instanceof BooleanLiteral || expression instanceof NumberLiteral || expression instanceof StringLiteral;
  return isValue ? { value: expression.value } : undefined;
}

/** Translates one path, and counts what it may not have too much of. */
class Translation {
  private descents = 0;

  /** That `base` followed by the segments selects something for which `last` holds. */
  selects(base: '@' | '$', segments: readonly Segment[], last: Predicate): Predicate {
    const [segment, ...rest] = segments;
    if (segment === undefined) return typeof last === 'boolean' ? last : exists(base, last);
    if (!isDescent(segment)) return or(segment.selectors.map((selector) => this.step(base, selector, this.selects('@', rest, last))));
    this.descents += 1;
    if (this.descents > MAX_DESCENTS) throw new JsonPathRefused(`at most ${MAX_DESCENTS} descendant segments (..) are taken`);
    const inner = this.selects('@', rest, last);
    return exists(`${base}.**`, or(segment.selectors.map((selector) => this.step('@', selector, inner))));
  }

  private step(base: string, selector: Selector, inner: Predicate): Predicate {
    if (selector instanceof NameSelector) {
      return exists(`${base} ${OBJECT}.keyvalue() ? (@.key == ${quoted(selector.name)}).value`, inner);
    }
    if (selector instanceof IndexSelector) return element(base, selector.index, inner);
    if (selector instanceof WildcardSelector) return anyChild(base, inner);
    if (selector instanceof FilterSelector) return anyChild(base, and(this.holds(selector.expression.expression), inner));
    if (selector instanceof SliceSelector) return slice(base, selector, inner);
    throw new JsonPathRefused(`the selector ${selector.toString()} is not supported`);
  }

  private holds(expression: Expression): Predicate {
    if (expression instanceof LogicalExpression) return this.holds(expression.expression);
    if (expression instanceof FilterQuery) return this.selects(baseOf(expression), expression.path.segments, true);
    if (expression instanceof PrefixExpression) return not(this.holds(expression.right));
    if (expression instanceof FunctionExtension) return this.matches(expression);
    if (expression instanceof InfixExpression) {
      if (expression.operator === '&&') return and(this.holds(expression.left), this.holds(expression.right));
      if (expression.operator === '||') return or([this.holds(expression.left), this.holds(expression.right)]);
      return this.compares(expression.left, expression.operator, expression.right);
    }
    throw new JsonPathRefused(`the expression ${expression.toString()} is not supported`);
  }

  private compares(left: Expression, operator: string, right: Expression): Predicate {
    const [leftLiteral, rightLiteral] = [literalOf(left), literalOf(right)];
    if (leftLiteral && rightLiteral) return jsonpath.expressions.compare(leftLiteral.value, operator, rightLiteral.value);
    if (leftLiteral) return this.compares(right, MIRRORED[operator] ?? operator, left);
    if (!rightLiteral) throw new JsonPathRefused('a comparison has a literal on one side: two paths are not compared');
    if (left instanceof FunctionExtension) throw unsupportedFunction(left.name);
    if (!(left instanceof FilterQuery)) throw new JsonPathRefused(`the expression ${left.toString()} is not supported`);
    const { value } = rightLiteral;
    const equals = (): Predicate => this.selects(baseOf(left), left.path.segments, `@ == ${literal(value)}`);
    if (operator === '==') return equals();
    if (operator === '!=') return not(equals());
    if (typeof value === 'boolean' || value === null) return operator.endsWith('=') ? equals() : false;
    return this.selects(baseOf(left), left.path.segments, `@ ${operator} ${literal(value)}`);
  }

  private matches({ name, args }: InstanceType<typeof FunctionExtension>): Predicate {
    if (name !== 'match' && name !== 'search') throw unsupportedFunction(name);
    const [subject, pattern] = args;
    if (!(pattern instanceof StringLiteral)) throw new JsonPathRefused(`the pattern of ${name}() is a literal`);
    const expression = quoted(toSqlPattern(pattern.value, name === 'match'));
    if (subject instanceof StringLiteral) throw new JsonPathRefused(`${name}() is asked of a path, not of a literal`);
    if (!(subject instanceof FilterQuery)) throw new JsonPathRefused(`${name}() is asked of a path`);
    return this.selects(baseOf(subject), subject.path.segments, `@ like_regex ${expression} flag "s"`);
  }
}

function unsupportedFunction(name: string): JsonPathRefused {
  return new JsonPathRefused(
    `${name}() has no counterpart in the index's language: existence, comparisons with literals, match() and search() are taken`,
  );
}

function baseOf(query: InstanceType<typeof FilterQuery>): '@' | '$' {
  return query instanceof RootQuery ? '$' : '@';
}

function literal(value: Literal): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number' && !Number.isFinite(value)) throw new JsonPathRefused('a number in it is out of range');
  return JSON.stringify(value);
}

function anyChild(base: string, inner: Predicate): Predicate {
  return or([exists(`${base} ${OBJECT}.*`, inner), exists(`${base} ${ARRAY}[*]`, inner)]);
}

function element(base: string, index: number, inner: Predicate): Predicate {
  if (Math.abs(index) > MAX_INDEX) throw new JsonPathRefused(`an index is at most ${MAX_INDEX}`);
  const needed = index < 0 ? -index : index + 1;
  const place = index < 0 ? `last - ${-index - 1}` : String(index);
  return exists(`${base} ? (@.type() == "array" && @.size() >= ${needed})[${place}]`, inner);
}

/** A slice as the elements that it may select. */
function slice(base: string, { start, stop, step = 1 }: InstanceType<typeof SliceSelector>, inner: Predicate): Predicate {
  if (step === 0) return false;
  const isWhole = (step === 1 && (start ?? 0) === 0 && stop === undefined) || (step === -1 && start === undefined && stop === undefined);
  if (isWhole) return exists(`${base} ${ARRAY}[*]`, inner);
  if (step === 1 && stop === undefined && start !== undefined && start > 0 && start <= MAX_INDEX) {
    return exists(`${base} ? (@.type() == "array" && @.size() > ${start})[${start} to last]`, inner);
  }
  const [from, to] = [start ?? 0, stop ?? -1];
  if (step < 1 || from < 0 || to < 0 || to > MAX_INDEX || (to - from) / step > MAX_SLICE) {
    throw new JsonPathRefused(
      `a slice goes forward and has both bounds, 0 or more and at most ${MAX_SLICE} elements apart, or only its first`,
    );
  }
  const indices = Array.from({ length: Math.max(0, Math.ceil((to - from) / step)) }, (_, i) => from + i * step);
  return or(indices.map((index) => element(base, index, inner)));
}

/**
 * The strict SQL/JSON path that exists in a document if and only if the RFC 9535 path selects something there.
 * @throws JsonPathRefused
 */
export function toSqlPath(query: JSONPathQuery): string {
  const predicate = new Translation().selects('$', query.segments, true);
  return predicate === true ? 'strict $' : `strict $ ? (${predicate === false ? '1 == 2' : predicate})`;
}
