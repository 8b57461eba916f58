import type { FastifyReply } from 'fastify';
import { PROBLEMS } from '../../problems/catalogue.js';
import { entityTag } from '../../problems/entity-tag.js';
import { problemDocument } from '../../problems/problem-document.js';
import { toTwinDto } from '../dto/twin.dto.js';
import { twinPath } from '../twin-presenter.js';
import type { ImportBatchDto, ImportItemDto, ImportOutcomeDto, TwinSourceDto } from './dto/import.dto.js';
import { MAX_LISTED } from './import-format.js';
import type { ImportItem, ImportOutcome } from './import.service.js';
import type { TwinSource } from './twin-source.repository.js';

const MAX_LISTED_OF_ITEM = 50;

/** What became of one document: 201 when it registered a twin, otherwise 200. */
function presentOne(reply: FastifyReply, { twin, change, format, settled, dryRun }: ImportOutcome): ImportOutcomeDto {
  const created = change === 'created' && !dryRun;
  void reply.code(created ? 201 : 200);
  if (!dryRun) void reply.header('etag', entityTag(twin));
  if (created) void reply.header('location', twinPath(twin.id));
  return {
    format,
    change,
    dryRun,
    twin: toTwinDto(twin),
    unmapped: settled.unmapped.slice(0, MAX_LISTED),
    unmappedTotal: settled.unmappedTotal,
    warnings: [...settled.warnings],
  };
}

function presentItem({ outcome, refusal }: ImportItem, index: number): ImportItemDto {
  if (refusal !== undefined) return { status: PROBLEMS[refusal.code].http, problem: problemDocument(refusal) };
  const { twin, change, format, settled, dryRun } = outcome;
  return {
    id: twin.id,
    status: change === 'created' && !dryRun ? 201 : 200,
    format,
    change,
    ...(dryRun ? {} : { etag: entityTag(twin) }),
    unmapped: settled.unmapped.slice(0, MAX_LISTED_OF_ITEM).map(({ pointer, reason }) => ({ pointer: `/${index}${pointer}`, reason })),
    unmappedTotal: settled.unmappedTotal,
    warnings: [...settled.warnings],
  };
}

/** What became of an import: of an array 200 when all went well, otherwise 207. */
export function presentImport(
  reply: FastifyReply,
  outcome: ImportOutcome | readonly ImportItem[],
  dryRun = false,
): ImportOutcomeDto | ImportBatchDto {
  if ('twin' in outcome) return presentOne(reply, outcome);
  void reply.code(outcome.some(({ refusal }) => refusal !== undefined) ? 207 : 200);
  return { dryRun, items: outcome.map(presentItem) };
}

/** About a document. */
export function toTwinSourceDto(source: TwinSource & { editedSince: boolean }): TwinSourceDto {
  const { format, mediaType, document, digest, importedAt, version, editedSince } = source;
  const sha256 = digest.toString('hex');
  return { format, mediaType, bytes: Buffer.byteLength(document), sha256, importedAt: importedAt.toISOString(), version, editedSince };
}

/** The document as it came. */
export function presentSource(reply: FastifyReply, source: TwinSource & { editedSince: boolean }): Buffer {
  // As bytes, so that nothing is added to the content type and nothing is serialized again.
  void reply.header('content-type', source.mediaType).header('etag', `"${source.digest.toString('hex')}"`);
  void reply.header('last-modified', source.importedAt.toUTCString());
  return Buffer.from(source.document, 'utf8');
}
