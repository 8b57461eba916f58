import { jsonpath } from 'json-p3';
import { ANY_ELEMENT, memberKeyText, pathKeyText, searchKey } from '../../registry/search/search-key.js';
import { isDocument, isKnownArray, LONGEST_KEYED_TEXT } from '../../registry/search/search-keys.js';
import { type Expression, isDescent, type Literal, literalOf, type Segment } from './sql-path.js';

const { NameSelector, IndexSelector, SliceSelector, WildcardSelector, FilterSelector } = jsonpath.selectors;
const { FilterQuery, FunctionExtension, InfixExpression, LogicalExpression, RootQuery } = jsonpath.expressions;

/** Steps to the place of a document in a profile, at most. */
const DEEPEST_DOCUMENT = 8;

/** Where in the profile a step has led; undefined when it may be any of several places. */
type Place = readonly string[] | undefined;

/** Keys of what a match must have, and whether having them is all. */
interface Findings {
  readonly keys: Set<number>;
  exact: boolean;
}

function isWithinDocument(path: readonly string[]): boolean {
  return path.slice(0, DEEPEST_DOCUMENT).some((_, index) => isDocument(path.slice(0, index + 1)));
}

function named(place: Place, name: string, found: Findings): Place {
  if (place === undefined || isWithinDocument(place) || name.includes(ANY_ELEMENT)) {
    found.keys.add(searchKey(memberKeyText(name)));
    found.exact = false;
    return undefined;
  }
  return [...place, name];
}

function child(place: Place): Place {
  return place !== undefined && isKnownArray(place) ? [...place, ANY_ELEMENT] : undefined;
}

/** Walks the segments from a place; gives where they lead. */
function follow(start: Place, segments: readonly Segment[], found: Findings): Place {
  let place = start;
  for (const [index, segment] of segments.entries()) {
    const [selector, ...others] = segment.selectors;
    if (isDescent(segment)) {
      found.exact = false;
      place = undefined;
    }
    if (selector === undefined || others.length > 0) {
      found.exact = false;
      return undefined;
    }
    if (selector instanceof NameSelector) place = named(place, selector.name, found);
    else if (selector instanceof WildcardSelector) place = child(place);
    else if (selector instanceof FilterSelector) {
      if (index < segments.length - 1) found.exact = false;
      place = child(place);
      required(place, selector.expression.expression, found);
    } else if (selector instanceof IndexSelector || selector instanceof SliceSelector) {
      found.exact = false;
      place = place && !isWithinDocument(place) ? [...place, ANY_ELEMENT] : undefined;
    }
    if (place === undefined) found.exact = false;
  }
  return place;
}

function add(place: Place, value: Literal | undefined, found: Findings): void {
  if (place === undefined || place.length === 0) return;
  const isKeyed = value !== undefined && !isWithinDocument(place) && !(typeof value === 'string' && value.length > LONGEST_KEYED_TEXT);
  if (value !== undefined && !isKeyed) found.exact = false;
  found.keys.add(searchKey(isKeyed ? pathKeyText(place, value) : pathKeyText(place)));
}

/** Keys of what a filter needs. Two conditions on one element are two keys, and no longer exact. */
function required(place: Place, expression: Expression, found: Findings): void {
  if (expression instanceof LogicalExpression) required(place, expression.expression, found);
  else if (expression instanceof FilterQuery) {
    if (expression instanceof RootQuery) found.exact = false;
    add(follow(expression instanceof RootQuery ? [] : place, expression.path.segments, found), undefined, found);
  } else if (expression instanceof InfixExpression && expression.operator === '&&') {
    found.exact = false;
    required(place, expression.left, found);
    required(place, expression.right, found);
  } else if (expression instanceof InfixExpression && ['==', '<', '<=', '>', '>='].includes(expression.operator)) {
    const sides = [expression.left, expression.right];
    const query = sides.find((side) => side instanceof FilterQuery);
    const literal = sides.map(literalOf).find((side) => side !== undefined);
    if (query === undefined || literal === undefined || expression.operator !== '==' || query instanceof RootQuery) found.exact = false;
    if (query === undefined || literal === undefined) return;
    const isMeant = expression.operator === '==' ? literal.value : undefined;
    add(follow(query instanceof RootQuery ? [] : place, query.path.segments, found), isMeant, found);
  } else if (expression instanceof FunctionExtension) {
    found.exact = false;
    const [subject] = expression.args;
    if (subject instanceof FilterQuery) {
      add(follow(subject instanceof RootQuery ? [] : place, subject.path.segments, found), undefined, found);
    }
  } else found.exact = false;
}

/** The keys that every profile has in which the path selects something, and whether they alone decide. */
export function keysOfPath(segments: readonly Segment[]): { keys: number[]; exact: boolean } {
  const found: Findings = { keys: new Set(), exact: true };
  const place = follow([], segments, found);
  add(place, undefined, found);
  return { keys: [...found.keys], exact: found.exact };
}
