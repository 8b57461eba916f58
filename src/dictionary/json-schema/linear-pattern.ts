import { RE2JS } from 're2js';
import { compileLookAround } from './look-around-pattern.js';
import { PatternRefused, toRe2Syntax } from './regexp-translation.js';

/** Longest pattern, in UTF-16 code units. */
export const MAX_PATTERN_LENGTH = 2_000;
/** Largest program a pattern may become, in RE2 instructions: matching costs at most this much for each character. */
export const MAX_PATTERN_SIZE = 1_000;
/** May stand in a pattern that looks around a place. */
const LOOK_AROUND = /\(\?<?[=!]/;
/** A step of a pattern with look-around takes as long as this many instructions of the engine. */
const LOOK_AROUND_COST = 8;
/** Characters whose answer a class remembers. */
const MAX_REMEMBERED = 256;
/** Memory one pattern may keep for states it has seen, in bytes; past it, it forgets them and goes on. */
const STATE_MEMORY = 256 * 1024;

/** A regular expression matched in time linear in the text, whatever the pattern. */
export interface LinearPattern {
  /** RE2 instructions: an upper bound of the work for each character. */
  readonly size: number;
  /** Whether the pattern occurs in the text (it is not anchored). */
  test(text: string): boolean;
}

/**
 * Compiles an ECMA-262 pattern for RE2. Throws {@link PatternRefused} when it is no pattern, is too large, or needs what a linear-time engine cannot do.
 */
export function compileLinearPattern(pattern: string): LinearPattern {
  if (pattern.length > MAX_PATTERN_LENGTH) throw new PatternRefused(`longer than ${MAX_PATTERN_LENGTH} characters`);
  checkSyntax(pattern);
  if (LOOK_AROUND.test(pattern)) {
    const { size, test } = compileLookAround(pattern, readCharacter, MAX_PATTERN_SIZE);
    return { size: size * LOOK_AROUND_COST, test };
  }
  const engine = compile(toRe2Syntax(pattern));
  const size = engine.programSize();
  if (size > MAX_PATTERN_SIZE)
    throw new PatternRefused(`too many repetitions: it becomes ${size} instructions, more than ${MAX_PATTERN_SIZE}`);
  const { dfa } = engine.re2();
  dfa.stateBudget = STATE_MEMORY;
  dfa.memBudget = STATE_MEMORY;
  return { size, test: (text) => engine.test(text) };
}

// JSON Schema recommends the Unicode syntax, but many schemas in use escape what it does not let one escape (`\-`, `\_`), which is harmless.
function checkSyntax(pattern: string): void {
  for (const flags of ['u', '']) {
    try {
      new RegExp(pattern, flags);
      return;
    } catch (error) {
      if (flags === '') throw new PatternRefused('not a regular expression of ECMA-262', { cause: error });
    }
  }
}

/** The test for one character or class, read as anywhere else. */
function readCharacter(source: string): (character: string) => boolean {
  const engine = compile(`^(?:${toRe2Syntax(source)})$`);
  const answers = new Map<string, boolean>();
  return (character) => {
    const known = answers.get(character);
    if (known !== undefined) return known;
    const answer = engine.test(character);
    if (answers.size < MAX_REMEMBERED) answers.set(character, answer);
    return answer;
  };
}

function compile(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    throw new PatternRefused(`the linear-time engine refuses it: ${(error as Error).message}`, { cause: error });
  }
}
