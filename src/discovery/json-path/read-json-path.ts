import { JSONPathEnvironment, JSONPathError, type JSONPathQuery } from 'json-p3';
import { type JsonPathCondition, JsonPathRefused } from './json-path-condition.js';
import { keysOfPath } from './path-keys.js';
import { toSqlPath } from './sql-path.js';

/** Characters a path may have. */
export const MAX_JSON_PATH = 1_000;
/** Brackets, parentheses and negations one within the other. */
const MAX_DEPTH = 16;

const ENVIRONMENT = new JSONPathEnvironment();

/** Told from the text, before anything recurses over it. */
function depthOf(path: string): number {
  let [depth, deepest, quote] = [0, 0, ''];
  for (let i = 0; i < path.length; i += 1) {
    const sign = path.charAt(i);
    if (quote !== '') {
      if (sign === '\\') i += 1;
      else if (sign === quote) quote = '';
    } else if (sign === '"' || sign === "'") quote = sign;
    else if (sign === '(' || sign === '[') deepest = Math.max(deepest, (depth += 1));
    else if (sign === ')' || sign === ']') depth -= 1;
  }
  return deepest;
}

function parse(path: string): JSONPathQuery {
  if (/!\s*!/.test(path.replace(/"(\\.|[^"\\])*"|'(\\.|[^'\\])*'/g, ''))) throw new JsonPathRefused('a negation is not negated again');
  try {
    return ENVIRONMENT.compile(path);
  } catch (error) {
    if (!(error instanceof JSONPathError)) throw error;
    throw new JsonPathRefused(`not a JSONPath of RFC 9535: ${error.message}`);
  }
}

/**
 * Reads a JSONPath as the condition that it selects something in a profile.
 * @throws JsonPathRefused
 */
export function readJsonPath(path: string): JsonPathCondition {
  if (path.length > MAX_JSON_PATH) throw new JsonPathRefused(`a path has at most ${MAX_JSON_PATH} characters`);
  if (depthOf(path) > MAX_DEPTH) throw new JsonPathRefused(`brackets and parentheses are nested at most ${MAX_DEPTH} deep`);
  const query = parse(path);
  // Translated first: what would become too large is refused before its keys are looked for.
  const sqlPath = toSqlPath(query);
  return { ...keysOfPath(query.segments), sqlPath };
}
