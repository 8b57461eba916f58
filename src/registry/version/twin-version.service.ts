import { Injectable } from '@nestjs/common';
import type { TwinId } from '../../kernel/ids.js';
import { clampLimit, decodeCursor, encodeCursor, InvalidCursor, type Page } from '../../kernel/page.js';
import { DomainError } from '../../problems/domain-error.js';
import type { Principal } from '../../security/principal.js';
import { type Difference, differenceOf } from '../apply/profile-difference.js';
import { shownAuthor } from './change-author.js';
import { readInstant } from '../instant.js';
import { type StoredVersion, TwinVersionRepository } from './twin-version.repository.js';
import type { Revision, TwinProfile } from '../twin.js';

/** The most versions of one page. */
export const MAX_VERSIONS_PAGE = 100;
const USUAL_VERSIONS_PAGE = 20;

/** A version in a history, and what it changed. */
export interface HistoryEntry extends StoredVersion {
  readonly change: 'registered' | 'changed' | 'deregistered';
  /** Against the version before; absent when that is not shown to the reader, and of what is no change. */
  readonly difference?: Difference;
}

/** A version with its profile. */
export type PastTwin = StoredVersion & { readonly profile: TwinProfile };

/**
 * The history of a twin. Whoever may see the twin today sees its versions, but those that were private only when private ones are shown to it: to the
 * owner, to operators and to those in a federation with it. After a deregistration, only owner and operators see any. Failures common to all:
 * `not-found`.
 */
@Injectable()
export class TwinVersionService {
  constructor(private readonly versions: TwinVersionRepository) {}

  /** Versions and deregistrations of every incarnation, newest first. @throws DomainError `not-found`; InvalidCursor */
  async list(principal: Principal, id: TwinId, query: { limit?: number; cursor?: string } = {}): Promise<Page<HistoryEntry>> {
    await this.standing(principal, id);
    const kind = `versions:${id}`;
    const limit = clampLimit(query.limit, MAX_VERSIONS_PAGE, USUAL_VERSIONS_PAGE);
    const before = query.cursor === undefined ? undefined : revisionAt(decodeCursor(kind, query.cursor));
    const { versions, more, previous } = await this.versions.page(principal, id, limit, before);
    const items = versions.map((version, index) => entryOf(version, versions[index + 1] ?? previous, principal));
    const last = versions.at(-1);
    return { items, ...(more && last ? { next: encodeCursor(kind, [last.incarnation, last.version]) } : {}) };
  }

  /** One version, of the present incarnation or the one named. @throws DomainError `not-found` */
  async read(principal: Principal, id: TwinId, version: number, incarnation?: number): Promise<PastTwin> {
    const standing = await this.standing(principal, id);
    const revision = { incarnation: incarnation ?? standing.incarnation, version };
    return shown(await this.versions.find(principal, id, revision), principal, `version ${version} of ${id}`);
  }

  /** The twin as it stood at a moment; one to come shows it as it stands. @throws DomainError `validation-failed`, `not-found` */
  async readAt(principal: Principal, id: TwinId, at: string): Promise<PastTwin> {
    const moment = readInstant(at);
    if (moment === undefined) {
      const detail = 'must be an RFC 3339 time with a zone, such as 2026-01-01T00:00:00Z';
      throw new DomainError('validation-failed', `at ${detail}.`, { pointer: '/at', errors: [{ pointer: '/at', detail }] });
    }
    await this.standing(principal, id);
    return shown(await this.versions.findAt(principal, id, moment), principal, `registration of ${id} at ${moment}`);
  }

  private async standing(principal: Principal, id: TwinId): Promise<{ incarnation: number }> {
    const standing = await this.versions.standing(principal, id);
    if (!standing) throw new DomainError('not-found', `There is no twin ${id}, or the caller may not see it.`);
    return standing;
  }
}

function revisionAt([incarnation, version]: readonly unknown[]): Revision {
  const isCount = (value: unknown): value is number => typeof value === 'number' && value >= 1 && value <= 2_147_483_647;
  if (!isCount(incarnation) || !isCount(version)) throw new InvalidCursor('is not a cursor of this list');
  return { incarnation, version };
}

function entryOf(version: StoredVersion, before: StoredVersion | undefined, reader: Principal): HistoryEntry {
  const shownVersion = { ...version, changedBy: shownAuthor(version.changedBy, reader) };
  if (version.profile === null) return { ...shownVersion, change: 'deregistered' };
  if (version.version === 1) return { ...shownVersion, change: 'registered' };
  const follows = before?.incarnation === version.incarnation && before.version === version.version - 1;
  const difference = follows && before.profile ? differenceOf({ ...before.profile }, { ...version.profile }) : undefined;
  return { ...shownVersion, change: 'changed', ...(difference === undefined ? {} : { difference }) };
}

function shown(version: StoredVersion | undefined, reader: Principal, what: string): PastTwin {
  if (!version?.profile) throw new DomainError('not-found', `There is no ${what}, or the caller may not see it.`);
  return { ...version, profile: version.profile, changedBy: shownAuthor(version.changedBy, reader) };
}
