import { decodeUtf8, jsonTextReader } from '../../kernel/json-text.js';
import type { OrganizationId } from '../../kernel/ids.js';
import { parseTwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import { parseDto } from '../../problems/dto-validation.js';
import { toDomainError } from '../../problems/problem-document.js';
import { TwinProfileDto } from '../dto/twin-profile.dto.js';
import type { TwinSubmissions } from '../twin-submission.js';
import type { BulkLine } from './bulk-line.js';
import { MAX_LINE_BYTES } from './bulk-limits.js';
import type { InputLine } from './line-source.js';
import { readPlainProfile } from './plain-profile.js';
import { SeenIds } from './seen-ids.js';

const readJson = jsonTextReader({ refuseNul: true });
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
    private readonly owner: OrganizationId,
  ) {}

  /** Undefined for a blank line, which is counted and says nothing. */
  async read(line: number, input: InputLine): Promise<BulkLine | undefined> {
    let id: string | undefined;
    try {
      if (input.bytes === undefined) throw new DomainError('payload-too-large', `A line may have at most ${MAX_LINE_BYTES} bytes.`);
      const text = decodeUtf8(input.bytes);
      if (text.length < 16 && BLANK.test(text)) return undefined;
      const { value } = readJson(text);
      if (isEndOfExport(value)) return { line };
      id = idOf(value);
      const dto = readPlainProfile(value) ?? parseDto(TwinProfileDto, value);
      if (dto.id === undefined) throw withoutId();
      const submission = await this.submissions.read(dto, this.owner);
      const before = this.seen.note(dto.id, line);
      if (before !== undefined) throw alreadyIn(before);
      return { line, id: parseTwinId(dto.id), dto, submission };
    } catch (error) {
      const refusal = toDomainError(error);
      if (refusal.code === 'internal' || refusal.code === 'database-unavailable') throw error;
      return { line, id, refusal };
    }
  }
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
