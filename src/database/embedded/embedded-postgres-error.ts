/**
 * The embedded PostgreSQL cannot be used. The message is one or two plain sentences for the person who started the
 * broker: what is wrong and what to do about it. It never contains the password.
 */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
}

/** The code that the system (ENOENT) or PostgreSQL (an SQLSTATE) gave an error, if it has one. */
export function errorCode(error: unknown): string | undefined {
  return textOf(error, 'code');
}

/** What an error says. */
export function errorText(error: unknown): string {
  return textOf(error, 'message') ?? String(error);
}

// Not by instanceof: the system's errors may come from another realm than ours (a vm context).
function textOf(error: unknown, property: 'code' | 'message'): string | undefined {
  const value: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, property) : undefined;
  return typeof value === 'string' ? value : undefined;
}
