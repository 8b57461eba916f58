import type { FastifyReply } from 'fastify';
import { PROBLEMS } from '../problems/catalogue.js';
import { problemDocument } from '../problems/problem-document.js';
import type { BatchOutcomeDto } from './dto/batch.dto.js';
import { toTwinDto, type TwinDto } from './dto/twin.dto.js';
import { type PastTwinDto, toPastTwinDto } from './dto/twin-version.dto.js';
import type { PastTwin } from './version/twin-version.service.js';
import { type ChangePreviewDto, toChangePreviewDto } from './dto/change-impact.dto.js';
import type { ChangePreview } from './twin-preview.service.js';
import { entityTag, isKnown } from '../problems/entity-tag.js';
import type { BatchItem } from './twin-batch.service.js';
import type { RegistrationOutcome, TwinRecord } from './twin.js';

/** Path of a twin. */
export function twinPath(id: string): string {
  return `/v1/twins/${encodeURIComponent(id)}`;
}

/** The twin with its ETag; 304 without it for a reader who has it already. */
export function presentTwin(reply: FastifyReply, twin: TwinRecord, ifNoneMatch?: string): TwinDto | undefined {
  const known = isKnown(twin, ifNoneMatch);
  void reply.header('etag', entityTag(twin));
  if (known) void reply.code(304);
  return known ? undefined : toTwinDto(twin);
}

/** A version with its ETag; 304 without it for a reader who has it already. */
export function presentPastTwin(reply: FastifyReply, version: PastTwin, ifNoneMatch?: string): PastTwinDto | undefined {
  const known = isKnown(version, ifNoneMatch);
  void reply.header('etag', entityTag(version));
  if (known) void reply.code(304);
  return known ? undefined : toPastTwinDto(version);
}

/** What a change would do; never a 201. */
export function presentPreview(reply: FastifyReply, preview: ChangePreview): ChangePreviewDto {
  void reply.code(200);
  return toChangePreviewDto(preview);
}

/** The twin after a change: 201 with its Location when it was registered, otherwise 200. */
export function presentOutcome(reply: FastifyReply, { twin, change }: RegistrationOutcome): TwinDto {
  void reply.header('etag', entityTag(twin)).code(change === 'created' ? 201 : 200);
  if (change === 'created') void reply.header('location', twinPath(twin.id));
  return toTwinDto(twin);
}

/** What became of a batch: 200 when all went well, otherwise 207. */
export function presentBatch(reply: FastifyReply, items: readonly BatchItem[]): BatchOutcomeDto {
  void reply.code(items.some((item) => item.refusal !== undefined) ? 207 : 200);
  return {
    items: items.map(({ id, outcome, refusal }) => {
      if (refusal !== undefined)
        return { ...(id === undefined ? {} : { id }), status: PROBLEMS[refusal.code].http, problem: problemDocument(refusal) };
      return { id, status: outcome.change === 'created' ? 201 : 200, etag: entityTag(outcome.twin) };
    }),
  };
}
