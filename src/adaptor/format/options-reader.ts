import { DomainError, type ProblemPlace } from '../../problems/domain-error.js';
import { pointerToken } from '../../problems/dto-validation.js';

/** Longest text an option may have. */
const MOST_CHARACTERS = 2_048;

/** Reads the options of a format one by one, noting what is wrong with each; {@link done} tells. */
export class OptionsReader {
  readonly errors: ProblemPlace[] = [];
  private readonly given: Readonly<Record<string, unknown>>;
  private readonly known = new Set<string>();

  constructor(
    private readonly format: string,
    options: unknown,
  ) {
    const isObject = typeof options === 'object' && options !== null && !Array.isArray(options);
    if (!isObject && options !== undefined) this.refuse('', 'must be an object');
    this.given = isObject ? (options as Record<string, unknown>) : {};
  }

  /** An option as it was given. */
  raw(name: string): unknown {
    this.known.add(name);
    return Object.hasOwn(this.given, name) ? this.given[name] : undefined;
  }

  /** A text; undefined when it is not given. */
  text(name: string, { pattern, what = 'a text' }: { pattern?: RegExp; what?: string } = {}): string | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if (typeof value === 'string' && value.length <= MOST_CHARACTERS && pattern?.test(value) !== false) return value;
    this.refuse(`/${name}`, `must be ${what} of at most ${MOST_CHARACTERS} characters`);
    return undefined;
  }

  flag(name: string, usual: boolean): boolean {
    const value = this.raw(name) ?? usual;
    if (typeof value === 'boolean') return value;
    this.refuse(`/${name}`, 'must be true or false');
    return usual;
  }

  oneOf<Choice extends string>(name: string, choices: readonly Choice[], usual: Choice): Choice {
    const value = this.raw(name) ?? usual;
    const chosen = choices.find((choice) => choice === value);
    if (chosen === undefined) this.refuse(`/${name}`, `must be one of ${choices.join(', ')}`);
    return chosen ?? usual;
  }

  /** An object whose members are all texts that `accepts` takes. */
  texts(name: string, accepts: (value: string, key: string) => boolean, what: string): Record<string, string> | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.refuse(`/${name}`, 'must be an object');
      return undefined;
    }
    const read: [string, string][] = [];
    for (const [key, member] of Object.entries(value)) {
      if (typeof member === 'string' && key !== '__proto__' && accepts(member, key)) read.push([key, member]);
      else this.refuse(`/${name}/${pointerToken(key)}`, `must be ${what}`);
    }
    return Object.fromEntries(read);
  }

  refuse(pointer: string, detail: string): void {
    this.errors.push({ pointer, detail });
  }

  /**
   * The options read, those that are undefined left out.
   * @throws DomainError `validation-failed` when one was not valid or is not known
   */
  done(options: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    for (const name of Object.keys(this.given)) {
      if (!this.known.has(name)) this.refuse(`/${pointerToken(name)}`, `is not an option of ${this.format}`);
    }
    if (this.errors.length > 0) {
      throw new DomainError('validation-failed', `The options of the format ${this.format} are not valid.`, {
        pointer: this.errors[0]?.pointer,
        errors: this.errors,
      });
    }
    return Object.freeze(Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)));
  }
}
