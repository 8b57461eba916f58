import { InvalidId, parseUriId } from '../../kernel/ids.js';
import { DomainError, type ProblemPlace } from '../../problems/domain-error.js';
import { pointerToken } from '../../problems/dto-validation.js';
import { readLanguageTag } from './language-tag.js';
import type { LanguageLists, LanguageMap } from './term.js';

const MAX_PLACES = 50;
/** Languages that one member may have. */
export const MAX_LANGUAGES = 64;
/** Characters of a label, a title or a code. */
export const MAX_LINE = 200;
/** Characters of a definition or description. */
export const MAX_PROSE = 4_000;

type Members = Readonly<Record<string, unknown>>;

/** Whether the value is a JSON object. */
export function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** One line of text that says something. */
function faultOfLine(value: unknown, max = MAX_LINE): string | undefined {
  const fits =
    typeof value === 'string' && value.trim() !== '' && Array.from(value).length <= max && !/[\p{Cc}\p{Cs}\u2028\u2029]/u.test(value);
  return fits ? undefined : `must be one line of 1 to ${max} characters, not blank and without controls`;
}

function faultOfProse(value: unknown): string | undefined {
  const fits =
    typeof value === 'string' && value !== '' && Array.from(value).length <= MAX_PROSE && !/[\p{Cs}]|(?![\t\n\r])\p{Cc}/u.test(value);
  return fits ? undefined : `must be text of 1 to ${MAX_PROSE} characters without controls`;
}

/**
 * Reads the members of an untrusted document one by one and notes every fault with its place, so that one answer names them all.
 * What is faulty is read as absent.
 */
export class SubmissionPlaces {
  private readonly places: ProblemPlace[] = [];

  /** @param prefix RFC 6901 pointer of the document within what the caller sent */
  constructor(private readonly prefix = '') {}

  /** Notes a fault; what was there is absent then. */
  note<T = undefined>(pointer: string, detail: string): T | undefined {
    this.places.push({ pointer: this.prefix + pointer, detail });
    return undefined;
  }

  /** Every fault so far. */
  get faults(): readonly ProblemPlace[] {
    return this.places;
  }

  /** @throws DomainError `validation-failed` when there was any fault */
  settle(): void {
    const [first] = this.places;
    if (first === undefined) return;
    throw new DomainError('validation-failed', `${first.pointer || 'The body'} ${first.detail}.`, {
      pointer: first.pointer,
      errors: this.places.slice(0, MAX_PLACES),
    });
  }

  /** The document's members, each of which must be known. */
  members(value: unknown, pointer: string, known: readonly string[]): Members {
    if (!isMembers(value)) {
      this.note(pointer, 'must be an object');
      return {};
    }
    for (const name of Object.keys(value)) {
      if (!known.includes(name)) this.note(`${pointer}/${pointerToken(name)}`, 'is not a known member here');
    }
    return value;
  }

  line(value: unknown, pointer: string, max?: number): string | undefined {
    const fault = faultOfLine(value, max);
    return fault === undefined ? (value as string) : this.note(pointer, fault);
  }

  iri(value: unknown, pointer: string): string | undefined {
    try {
      return parseUriId(value);
    } catch (error) {
      if (!(error instanceof InvalidId)) throw error;
      return this.note(pointer, error.detail);
    }
  }

  oneOf<T extends string>(value: unknown, pointer: string, known: readonly T[]): T | undefined {
    return known.find((each) => each === value) ?? this.note(pointer, `must be one of ${known.join(', ')}`);
  }

  /** An array, absent or of at most `max` elements that `read` accepts; repeated ones count once. */
  list<T>(value: unknown, pointer: string, max: number, read: (element: unknown, pointer: string) => T | undefined): T[] {
    if (value === undefined) return [];
    if (!Array.isArray(value)) {
      this.note(pointer, 'must be an array');
      return [];
    }
    if (value.length > max) {
      this.note(pointer, `must have at most ${max} elements`);
      return [];
    }
    const elements = (value as unknown[]).map((element, index) => read(element, `${pointer}/${index}`));
    return [...new Set(elements.filter((element) => element !== undefined))];
  }

  iris(value: unknown, pointer: string, max: number): string[] {
    return this.list(value, pointer, max, (element, place) => this.iri(element, place)).sort();
  }

  /** Lines per language. */
  labels(value: unknown, pointer: string): LanguageMap {
    return this.perLanguage(value, pointer, (text, place) => this.line(text, place));
  }

  /** Prose per language. */
  prose(value: unknown, pointer: string): LanguageMap {
    return this.perLanguage(value, pointer, (text, place) => {
      const fault = faultOfProse(text);
      return fault === undefined ? (text as string) : this.note(place, fault);
    });
  }

  /** Up to `max` lines per language. */
  labelLists(value: unknown, pointer: string, max: number): LanguageLists {
    const lists = this.perLanguage(value, pointer, (list, place) =>
      this.list(list, place, max, (text, inner) => this.line(text, inner)).sort(),
    );
    return Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0));
  }

  private perLanguage<T>(value: unknown, pointer: string, read: (text: unknown, place: string) => T | undefined): Record<string, T> {
    if (value === undefined) return {};
    if (!isMembers(value)) {
      this.note(pointer, 'must be an object of BCP 47 language tags');
      return {};
    }
    const entries = Object.entries(value);
    if (entries.length > MAX_LANGUAGES) this.note(pointer, `must have at most ${MAX_LANGUAGES} languages`);
    const texts = new Map<string, T>();
    for (const [tag, text] of entries.slice(0, MAX_LANGUAGES)) {
      const place = `${pointer}/${pointerToken(tag)}`;
      const language = readLanguageTag(tag);
      if (language === undefined) this.note(place, 'is not under a valid BCP 47 language tag');
      else if (texts.has(language)) this.note(place, `is a second text for the language ${language}`);
      const read_ = read(text, place);
      if (language !== undefined && read_ !== undefined) texts.set(language, read_);
    }
    return Object.fromEntries([...texts].sort(([one], [other]) => (one < other ? -1 : 1)));
  }
}
