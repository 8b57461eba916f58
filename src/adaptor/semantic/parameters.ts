import { DomainError, type ProblemPlace } from '../../problems/domain-error.js';
import { pointerToken } from '../../problems/dto-validation.js';
import { readPlace } from './place.js';

/** Most entries of one list of parameters. */
export const MAX_ENTRIES = 2_000;

/** Parameters of a step as they were given. */
export type Parameters = Readonly<Record<string, unknown>>;

/** Reads parameters of a step, noting what is wrong with each; {@link done} tells. */
export class ParameterReader {
  private readonly errors: ProblemPlace[] = [];

  constructor(private readonly step: string) {}

  refuse(pointer: string, detail: string): void {
    if (this.errors.length < 50) this.errors.push({ pointer, detail });
  }

  /** An object with no other members than these. */
  object(value: unknown, known: readonly string[], pointer = ''): Parameters {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.refuse(pointer, 'must be an object');
      return {};
    }
    for (const name of Object.keys(value)) {
      if (!known.includes(name)) this.refuse(`${pointer}/${pointerToken(name)}`, `is not a parameter of ${this.step}`);
    }
    return value as Parameters;
  }

  /** A list of objects, each with no other members than these; what `read` gives undefined for was refused. */
  list<Entry>(
    holder: Parameters,
    name: string,
    known: readonly string[],
    read: (entry: Parameters, pointer: string) => Entry | undefined,
  ): Entry[] {
    const value = holder[name] ?? [];
    if (!Array.isArray(value) || value.length > MAX_ENTRIES) {
      this.refuse(`/${name}`, `must be a list of at most ${MAX_ENTRIES}`);
      return [];
    }
    return value.flatMap((entry, index) => {
      const pointer = `/${name}/${index}`;
      const found = read(this.object(entry, known, pointer), pointer);
      return found === undefined ? [] : [found];
    });
  }

  /** A place in the value, as text. */
  place(holder: Parameters, name: string, pointer: string): string {
    const value = holder[name];
    if (typeof value === 'string' && readPlace(value) !== undefined) return value;
    this.refuse(`${pointer}/${name}`, 'must be a JSON pointer in which * stands for each element of an array');
    return '';
  }

  /** A list of places. */
  places(holder: Parameters, name: string): string[] {
    const value = holder[name] ?? [];
    if (Array.isArray(value) && value.length <= MAX_ENTRIES && value.every((each) => readPlace(each) !== undefined))
      return value as string[];
    this.refuse(`/${name}`, 'must be a list of JSON pointers in which * stands for each element of an array');
    return [];
  }

  text(holder: Parameters, name: string, pointer: string, max = 256): string {
    const value = holder[name];
    if (typeof value === 'string' && value !== '' && value.length <= max) return value;
    this.refuse(`${pointer}/${name}`, `must be a text of 1 to ${max} characters`);
    return '';
  }

  oneOf<Choice extends string>(holder: Parameters, name: string, choices: readonly Choice[], usual: Choice, pointer: string): Choice {
    const value = holder[name] ?? usual;
    const found = choices.find((choice) => choice === value);
    if (found === undefined) this.refuse(`${pointer}/${name}`, `must be one of ${choices.join(', ')}`);
    return found ?? usual;
  }

  /** @throws DomainError `validation-failed` */
  done<Read extends Parameters>(read: Read): Read {
    const [first] = this.errors;
    if (first === undefined) return read;
    throw new DomainError(
      'validation-failed',
      `The parameters of the step ${this.step} are not valid: ${first.pointer || 'they'} ${first.detail}.`,
      {
        pointer: first.pointer,
        errors: this.errors,
      },
    );
  }
}
