import { readPlainGeometry } from '../../kernel/geo/plain-geometry.js';
import { decodeUtf8, jsonTextReader } from '../../kernel/json-text.js';
import type { OrganizationId } from '../../kernel/ids.js';
import { parseTwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import { parseDto } from '../../problems/dto-validation.js';
import { toDomainError } from '../../problems/problem-document.js';
import { TwinProfileDto } from '../dto/twin-profile.dto.js';
import type { SearchIndex } from '../search/search-index.js';
import type { ReadyFeatures, TwinSubmissions } from '../twin-submission.js';
import type { BulkLine, ReadyLine } from './bulk-line.js';
import { MAX_LINE_BYTES } from './bulk-limits.js';
import type { KnownFeatures } from './known-features.js';
import type { InputLine } from './line-source.js';
import { readPlainProfile } from './plain-profile.js';
import { SeenIds } from './seen-ids.js';

const readJson = jsonTextReader({ refuseNul: true, spans: [['features']] });
const NO_FEATURES: ReadyFeatures = { specs: [], sharedSchemas: [] };
const BLANK = /^[ \t\r]*$/;

/** The last line of an export says that it is whole; it is no twin. */
function isEndOfExport(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { complete, count, ...others } = value as Record<string, unknown>;
  return complete === true && Number.isInteger(count) && Object.keys(others).length === 0;
}

function idOf(value: unknown): string | undefined {
  const id = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)['id'] : undefined;
  return typeof id === 'string' && id.length <= 512 ? id : undefined;
}

/** Reads the lines of one bulk: each as PUT would read its body, and the same refusals. An id that an earlier good line had is refused as well. */
export class BulkLineReader {
  private readonly seen = new SeenIds();

  constructor(
    private readonly submissions: TwinSubmissions,
    private readonly known: KnownFeatures,
    private readonly index: SearchIndex,
    private readonly owner: OrganizationId,
  ) {}

  /** Undefined for a blank line, which is counted and says nothing. */
  async read(line: number, input: InputLine): Promise<BulkLine | undefined> {
    let id: string | undefined;
    try {
      if (input.bytes === undefined) throw new DomainError('payload-too-large', `A line may have at most ${MAX_LINE_BYTES} bytes.`);
      const text = decodeUtf8(input.bytes);
      if (text.length < 16 && BLANK.test(text)) return undefined;
      const { value, spans } = readJson(text);
      if (isEndOfExport(value)) return { line };
      id = idOf(value);
      const dto = dtoOf(value);
      if (dto.id === undefined) throw withoutId();
      const ready = await this.readyOf(dto, spans[0] && text.slice(spans[0].start, spans[0].end));
      const before = this.seen.note(dto.id, line);
      if (before !== undefined) throw alreadyIn(before);
      return { line, id: parseTwinId(dto.id), ready, readAgain: () => dtoOf(JSON.parse(text)) };
    } catch (error) {
      const refusal = toDomainError(error);
      if (refusal.code === 'internal' || refusal.code === 'database-unavailable') throw error;
      return { line, id, refusal };
    }
  }

  /** @param features the text of them, if any */
  private async readyOf(dto: TwinProfileDto, features: string | undefined): Promise<ReadyLine> {
    const { known, owner } = this;
    const { generation } = known;
    const knownFeatures = features === undefined ? NO_FEATURES : known.find(owner, features);
    const area = readPlainGeometry(dto.coverage?.area);
    const submission = await this.submissions.read(dto, owner, { area, features: knownFeatures });
    const { profile, sharedSchemas } = submission;
    if (knownFeatures === undefined && features !== undefined)
      known.keep(owner, features, { specs: profile.features, sharedSchemas }, generation);
    return {
      domain: profile.domain,
      access: profile.access,
      features: profile.features,
      profile: Buffer.from(submission.text),
      ttlSeconds: submission.ttlSeconds ?? null,
      toleranceSeconds: submission.toleranceSeconds ?? null,
      sharedSchemas,
      isComposed: profile.composition !== undefined,
      columns: this.index.columnsOf(profile),
    };
  }
}

/** Almost every line takes the short cut. */
function dtoOf(value: unknown): TwinProfileDto {
  return readPlainProfile(value) ?? parseDto(TwinProfileDto, value);
}

function withoutId(): DomainError {
  const errors = [{ pointer: '/id', detail: 'is required in a bulk, so that the bulk can be repeated' }];
  return new DomainError('validation-failed', 'Each twin of a bulk needs its id.', { pointer: '/id', errors });
}

function alreadyIn(line: number): DomainError {
  const errors = [{ pointer: '/id', detail: `is the id of line ${line}` }];
  return new DomainError('already-exists', `Line ${line} of this bulk has this id already; the first one counts.`, {
    pointer: '/id',
    errors,
  });
}
