import { pointerToken } from '../../problems/dto-validation.js';

/** A JSON object of a document. Only own members count: a member may be called `constructor` or `__proto__`. */
export type Members = Readonly<Record<string, unknown>>;

/** Whether a JSON value is an object. */
export function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The member of this name, unless it is only inherited. */
export function memberOf(members: Members, name: string): unknown {
  return Object.hasOwn(members, name) ? members[name] : undefined;
}

/** The member if it is a text that is not blank. */
export function textOf(members: Members, name: string): string | undefined {
  return asText(memberOf(members, name));
}

/** The value if it is a text that is not blank. */
export function asText(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

/** The member as a list: one value stands for a list of it, none for an empty one. */
export function listOf(members: Members, name: string): readonly unknown[] {
  const value = memberOf(members, name);
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? (value as unknown[]) : [value];
}

/** The texts of a member that holds one or several. */
export function textsOf(members: Members, name: string): string[] {
  return listOf(members, name).filter((value): value is string => typeof value === 'string' && value.trim() !== '');
}

/** Members of a member that is an object; none when it is something else. */
export function entriesOf(members: Members, name: string): [string, unknown][] {
  const value = memberOf(members, name);
  return isMembers(value) ? Object.entries(value) : [];
}

/**
 * A text in one language out of the ways that documents write it: plain, an object by language, or a list of `{language, text}`. English is
 * preferred, then what comes first.
 */
export function localText(value: unknown): string | undefined {
  if (typeof value === 'string') return asText(value);
  const candidates: [string, unknown][] = Array.isArray(value)
    ? (value as unknown[]).filter(isMembers).map((item) => [asText(memberOf(item, 'language')) ?? '', memberOf(item, 'text')])
    : isMembers(value)
      ? Object.entries(value)
      : [];
  const texts = candidates.filter(([, text]) => asText(text) !== undefined);
  return asText((texts.find(([language]) => /^en\b/i.test(language)) ?? texts[0])?.[1]);
}

/** Appends reference tokens to a JSON pointer. */
export function pointTo(pointer: string, ...tokens: readonly (string | number)[]): string {
  return pointer + tokens.map((token) => `/${pointerToken(token)}`).join('');
}
