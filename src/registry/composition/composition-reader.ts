import { InvalidId, parseUriId } from '../../kernel/ids.js';
import type { ProblemPlace } from '../../problems/domain-error.js';
import type { CompositionDto } from '../dto/profile-parts.dto.js';
import type { Composition } from '../twin.js';

/** Reads a composition: either parts, each an id, or a federation. What is wrong is added to `places`. */
export function readComposition({ parts, federation }: CompositionDto, places: ProblemPlace[]): Composition | undefined {
  if ((parts === undefined) === (federation === undefined)) {
    places.push({ pointer: '/composition', detail: 'must have either parts or federation' });
    return undefined;
  }
  if (federation !== undefined) return { federation };
  return { parts: (parts ?? []).flatMap((part: unknown, index) => readPart(part, `/composition/parts/${index}`, places)) };
}

function readPart(part: unknown, pointer: string, places: ProblemPlace[]): string[] {
  try {
    return [parseUriId(part)];
  } catch (error) {
    if (!(error instanceof InvalidId)) throw error;
    places.push({ pointer, detail: error.detail });
    return [];
  }
}
