import type { SharedSchemaUse } from '../../dictionary/shared-schema/shared-schema-hold.js';
import type { TwinId } from '../../kernel/ids.js';
import type { DomainError } from '../../problems/domain-error.js';
import { entityTag } from '../../problems/entity-tag.js';
import { PROBLEMS } from '../../problems/catalogue.js';
import { problemDocument } from '../../problems/problem-document.js';
import type { TwinProfileDto } from '../dto/twin-profile.dto.js';
import type { SearchColumns } from '../search/search-columns.js';
import type { FeatureSpec, RegistrationOutcome, TwinProfile } from '../twin.js';

/**
 * A line whose profile may be registered as far as the profile itself tells, in the form in which it is written: thousands of them wait, so the document
 * as it was parsed is not kept.
 */
export interface GoodLine {
  readonly line: number;
  readonly id: TwinId;
  readonly refusal?: undefined;
  readonly ready: ReadyLine;
  /** Reads the profile anew, for who takes the line by itself. */
  readonly readAgain: () => TwinProfileDto;
}

/** What is written of a line. */
export interface ReadyLine {
  readonly domain: string;
  readonly access: TwinProfile['access'];
  readonly features: readonly FeatureSpec[];
  /** The profile as JSON text in UTF-8. */
  readonly profile: Buffer;
  readonly ttlSeconds: number | null;
  readonly toleranceSeconds: number | null;
  readonly sharedSchemas: readonly SharedSchemaUse[];
  /** Whether it is made up of others. */
  readonly isComposed: boolean;
  readonly columns: SearchColumns;
}

/** A line that is refused, or, without a refusal, that says nothing of a twin: the last line of an export. */
export interface SettledLine {
  readonly line: number;
  readonly id?: string;
  readonly ready?: undefined;
  readonly refusal?: DomainError;
}

/** A line that was read. */
export type BulkLine = GoodLine | SettledLine;

/** What became of one line. */
export type LineResult = RegistrationOutcome['change'] | 'refused' | 'passed-over';

/** What became of a line, as a line of the answer. */
export function outcomeText(line: number, id: string | undefined, status: number, rest: object = {}): string {
  return `${JSON.stringify({ line, id, status, ...rest })}\n`;
}

/** The answer to a line that is refused. */
export function refusalText(line: number, id: string | undefined, refusal: DomainError): string {
  return outcomeText(line, id, PROBLEMS[refusal.code].http, { problem: problemDocument(refusal) });
}

/** The answer to a line that was passed over. */
export function passedOverText(line: number): string {
  return outcomeText(line, undefined, 204);
}

/** The answer to a line that is registered. */
export function registeredText(line: number, { twin, change }: RegistrationOutcome): string {
  return outcomeText(line, twin.id, change === 'created' ? 201 : 200, { etag: entityTag(twin) });
}
