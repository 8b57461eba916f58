/** What makes a JSON text refused. `too-deep` and `nul-character` are limits of the reader, the others faults of the text. */
export type JsonTextProblem = 'malformed' | 'duplicate-key' | 'too-deep' | 'lone-surrogate' | 'nul-character';

/** A JSON text that is refused. `pointer` (RFC 6901) names the value being read, `offset` counts UTF-16 code units from the start of the text. */
export class JsonTextError extends Error {
  override readonly name = 'JsonTextError';

  constructor(
    readonly code: JsonTextProblem,
    readonly pointer: string,
    readonly offset: number,
    message: string,
  ) {
    super(message);
  }
}

/** Object keys from the root of the text down to a value. */
export type JsonPath = readonly string[];

/** What the search for a problem must know of the reader's limits. */
export interface JsonTextLimits {
  /** Deepest nesting of objects and arrays that is accepted; a scalar has depth 0. */
  readonly maxDepth: number;
  /** Whether `\u0000` in a string or key is refused. */
  readonly refuseNul: boolean;
  /** Values beneath which `\u0000` is accepted all the same. */
  readonly nulAllowedBeneath: readonly JsonPath[];
}

interface OpenContainer {
  readonly keys: Set<string> | undefined;
  /** Key, or index of the element, being read. */
  at: string | number;
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const LITERAL = /true|false|null/y;
const WHITESPACE = /[ \t\n\r]*/y;
// A match is at most this long, because V8 keeps a backtrack entry for each repetition and a megabyte would exhaust its stack.
const PLAIN_CHARACTERS = /[^"\\\u0000-\u001f\ud800-\udfff]{1,4096}/y;

/**
 * Finds the first problem of a JSON text, reading it strictly by RFC 8259, character by character. Slow beside the native parser: it runs only on
 * texts already known to be refused, to say where and why. Iterative, so that no nesting overflows the stack.
 */
export function findJsonTextProblem(text: string, limits: JsonTextLimits): JsonTextError | undefined {
  const search = new ProblemSearch(text, limits);
  try {
    search.run();
    return undefined;
  } catch (error) {
    if (error instanceof JsonTextError) return error;
    throw error;
  }
}

class ProblemSearch {
  private offset = 0;
  private readonly open: OpenContainer[] = [];

  constructor(
    private readonly text: string,
    private readonly limits: JsonTextLimits,
  ) {}

  run(): void {
    do {
      this.skipWhitespace();
      if (!this.readValueStart()) this.closeWhatEnds();
    } while (this.open.length > 0);
    this.skipWhitespace();
    if (this.offset < this.text.length) this.refuse('malformed', 'something follows the JSON value');
  }

  /** Reads a scalar, or enters a container up to its first value. True when a value is due next. */
  private readValueStart(): boolean {
    const character = this.text[this.offset];
    if (character === '{' || character === '[') return this.enter(character === '{');
    if (character === '"') this.readString();
    else if (!this.skip(NUMBER) && !this.skip(LITERAL))
      this.refuse('malformed', this.offset < this.text.length ? 'not a JSON value' : 'the text ends too early');
    return false;
  }

  private enter(isObject: boolean): boolean {
    if (this.open.length >= this.limits.maxDepth) this.refuse('too-deep', `nested deeper than ${this.limits.maxDepth} levels`);
    this.offset += 1;
    this.skipWhitespace();
    const container: OpenContainer = isObject ? { keys: new Set(), at: '' } : { keys: undefined, at: 0 };
    if (this.text[this.offset] === (isObject ? '}' : ']')) {
      this.offset += 1;
      return false;
    }
    if (container.keys) this.readKey(container, container.keys);
    this.open.push(container);
    return true;
  }

  /** After a value: closes every container ending here, and moves to the next value of the one that goes on. */
  private closeWhatEnds(): void {
    for (let container = this.open.at(-1); container; container = this.open.at(-1)) {
      this.skipWhitespace();
      const character = this.text[this.offset];
      const closing = container.keys ? '}' : ']';
      if (character !== ',' && character !== closing) this.refuse('malformed', `"," or "${closing}" expected`);
      this.offset += 1;
      if (character === ',') {
        this.toNext(container);
        return;
      }
      this.open.pop();
    }
  }

  private toNext(container: OpenContainer): void {
    if (container.keys) {
      this.open.pop();
      this.readKey(container, container.keys);
      this.open.push(container);
    } else if (typeof container.at === 'number') container.at += 1;
  }

  /** Reads `"key":`. The container is not among the open ones meanwhile, so that problems point to the object itself. */
  private readKey(container: OpenContainer, keys: Set<string>): void {
    this.skipWhitespace();
    const start = this.offset;
    if (this.text[start] !== '"') this.refuse('malformed', 'a key in double quotes expected');
    const key = this.readString();
    container.at = key;
    if (keys.has(key)) this.refuse('duplicate-key', 'the same key twice in one object', start, container);
    keys.add(key);
    this.skipWhitespace();
    if (this.text[this.offset] !== ':') this.refuse('malformed', '":" expected', this.offset, container);
    this.offset += 1;
  }

  private readString(): string {
    const start = this.offset;
    this.offset += 1;
    for (;;) {
      while (this.skip(PLAIN_CHARACTERS));
      const code = this.text.charCodeAt(this.offset);
      if (code === 0x22) break;
      if (code === 0x5c) this.readEscape();
      else if (code >= 0xd800) this.readPair(code);
      else this.refuse('malformed', Number.isNaN(code) ? 'a string is not closed' : 'a control character inside a string must be escaped');
    }
    this.offset += 1;
    return JSON.parse(this.text.slice(start, this.offset)) as string;
  }

  private readEscape(): void {
    const character = this.text[this.offset + 1] ?? '';
    if (character !== 'u') {
      if (character === '' || !'"\\/bfnrt'.includes(character)) this.refuse('malformed', 'not an escape sequence of JSON');
      this.offset += 2;
      return;
    }
    const code = this.escapedCode(this.offset);
    if (code === undefined) return this.refuse('malformed', '\\u must be followed by four hexadecimal digits');
    if (code === 0 && this.limits.refuseNul && !this.nulIsAllowed()) this.refuse('nul-character', 'the character U+0000 cannot be stored');
    if (code >= 0xdc00 && code <= 0xdfff) this.refuse('lone-surrogate', 'a low surrogate without a high one before it');
    if (code >= 0xd800 && code <= 0xdbff) {
      const low = this.escapedCode(this.offset + 6);
      if (low === undefined || low < 0xdc00 || low > 0xdfff) this.refuse('lone-surrogate', 'a high surrogate without a low one after it');
      this.offset += 6;
    }
    this.offset += 6;
  }

  private escapedCode(offset: number): number | undefined {
    const match = /^\\u([0-9a-fA-F]{4})/.exec(this.text.slice(offset, offset + 6));
    return match?.[1] === undefined ? undefined : parseInt(match[1], 16);
  }

  private readPair(high: number): void {
    const low = this.text.charCodeAt(this.offset + 1);
    if (high > 0xdbff || !(low >= 0xdc00 && low <= 0xdfff)) this.refuse('lone-surrogate', 'half of a surrogate pair');
    this.offset += 2;
  }

  private nulIsAllowed(): boolean {
    return this.limits.nulAllowedBeneath.some(
      (path) =>
        path.length <= this.open.length && path.every((key, level) => this.open[level]?.keys !== undefined && this.open[level].at === key),
    );
  }

  private skipWhitespace(): void {
    this.skip(WHITESPACE);
  }

  private skip(expression: RegExp): boolean {
    expression.lastIndex = this.offset;
    if (!expression.test(this.text)) return false;
    this.offset = expression.lastIndex;
    return true;
  }

  private refuse(code: JsonTextProblem, message: string, offset = this.offset, within?: OpenContainer): never {
    const containers = within ? [...this.open, within] : this.open;
    const pointer = containers.map(({ at }) => `/${String(at).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
    throw new JsonTextError(code, pointer, offset, `${message} (at offset ${offset})`);
  }
}
