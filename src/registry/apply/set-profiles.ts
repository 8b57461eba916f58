import { setImmediate } from 'node:timers/promises';
import { InvalidId, parseTwinId, type TwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import { parseDto } from '../../problems/dto-validation.js';
import { TwinProfileDto } from '../dto/twin-profile.dto.js';
import type { PlanItem } from './apply-plan.js';

/** A profile whose form is right. */
export interface SetProfile {
  readonly id: TwinId;
  readonly dto: TwinProfileDto;
  readonly pointer: string;
}

/** Profiles by id, and those refused for their form. */
export interface ReadProfiles {
  readonly profiles: readonly SetProfile[];
  readonly refused: readonly PlanItem[];
}

/** Profiles between two chances for other requests. */
const BREATH = 20;

function refuse(pointer: string, detail: string): DomainError {
  return new DomainError('validation-failed', `${pointer} ${detail}.`, { pointer, errors: [{ pointer, detail }] });
}

function readOne(value: unknown, pointer: string, known: ReadonlyMap<string, SetProfile>): SetProfile {
  const dto = parseDto(TwinProfileDto, value);
  if (dto.id === undefined) throw refuse('/id', 'is required in a set, so that applying it can be repeated');
  const other = known.get(dto.id);
  if (other !== undefined) throw refuse('/id', `is also the id of ${other.pointer}`);
  return { id: parseTwinId(dto.id), dto, pointer };
}

function idOf(value: unknown): string | undefined {
  const id = typeof value === 'object' && value !== null ? (value as { id?: unknown }).id : undefined;
  try {
    return parseTwinId(id);
  } catch (error) {
    if (error instanceof InvalidId) return undefined;
    throw error;
  }
}

/** Reads each profile of a body by the rules of its DTO, in order of id; one that is wrong is refused by itself, with pointers into the body. */
export async function readProfiles(values: readonly unknown[]): Promise<ReadProfiles> {
  const profiles = new Map<string, SetProfile>();
  const refused: PlanItem[] = [];
  for (const [index, value] of values.entries()) {
    if (index % BREATH === BREATH - 1) await setImmediate();
    const pointer = `/twins/${index}`;
    try {
      const profile = readOne(value, pointer, profiles);
      profiles.set(profile.id, profile);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      refused.push({ id: idOf(value), action: 'refused', pointer, refusal: error.beneath(pointer) });
    }
  }
  return { profiles: [...profiles.values()].sort((one, other) => (one.id < other.id ? -1 : 1)), refused };
}
