/** SQLSTATEs that this code reacts to (PostgreSQL manual, appendix A). */
export const UNIQUE_VIOLATION = '23505';
export const FOREIGN_KEY_VIOLATION = '23503';
export const CHECK_VIOLATION = '23514';
export const SERIALIZATION_FAILURE = '40001';
export const DEADLOCK_DETECTED = '40P01';
export const LOCK_NOT_AVAILABLE = '55P03';
export const UNDEFINED_TABLE = '42P01';

interface PostgresError {
  code: string;
  constraint?: string;
}

/** The PostgreSQL error itself, also from beneath TypeORM's QueryFailedError. */
function postgresError(error: unknown): PostgresError | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  if ('driverError' in error) return postgresError(error.driverError);
  return 'code' in error && typeof error.code === 'string' ? (error as PostgresError) : undefined;
}

/** The SQLSTATE of an error, if it came from PostgreSQL. */
export function sqlState(error: unknown): string | undefined {
  return postgresError(error)?.code;
}

/** Whether the error is the violation of the constraint or unique index of this name. */
export function isConstraint(error: unknown, name: string): boolean {
  return postgresError(error)?.constraint === name;
}

/** Whether the same transaction may succeed when it is simply run again. */
export function isRetryable(error: unknown): boolean {
  const state = sqlState(error);
  return state === SERIALIZATION_FAILURE || state === DEADLOCK_DETECTED;
}
