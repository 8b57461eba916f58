/**
 * The embedded PostgreSQL cannot be used. The message is one or two plain sentences for the person who started the
 * broker: what is wrong and what to do about it. It never contains the password.
 */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
}
