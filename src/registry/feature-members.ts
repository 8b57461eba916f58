import type { ProblemPlace } from '../problems/domain-error.js';
import { type FeatureDto, MAX_FORMAT_OPTIONS_BYTES } from './dto/feature.dto.js';
import type { FeatureNeedDto } from './dto/feature-need.dto.js';

/** A wrong place; `unresolvable`: the reference that leads nowhere. */
export type FaultyPlace = ProblemPlace & { unresolvable?: string };

/** Names that must differ, and what each kind of feature needs and may not have. */
export function checkMembers(feature: FeatureDto, pointer: string, names: Set<string>, places: ProblemPlace[]): void {
  if (names.has(feature.name)) places.push({ pointer: `${pointer}/name`, detail: 'is the name of another feature of this twin' });
  names.add(feature.name);
  const [needed, alien] =
    feature.kind === 'data' ? (['schema', ['input', 'output', 'idempotent']] as const) : (['input', ['schema', 'unit']] as const);
  if (feature[needed] === undefined) places.push({ pointer: `${pointer}/${needed}`, detail: `is required for kind ${feature.kind}` });
  refuseMembers(feature, alien, pointer, places);
}

/** The same of a need, which need not say what the value looks like. */
export function checkNeedMembers(need: FeatureNeedDto, pointer: string, names: Set<string>, places: ProblemPlace[]): void {
  if (names.has(need.name)) places.push({ pointer: `${pointer}/name`, detail: 'is the name of another need of this twin' });
  names.add(need.name);
  refuseMembers(need, need.kind === 'data' ? ['input', 'output'] : ['schema', 'unit'], pointer, places);
}

function refuseMembers(
  form: Pick<FeatureDto, 'kind' | 'schema' | 'input' | 'output' | 'idempotent' | 'unit'>,
  alien: readonly ('schema' | 'input' | 'output' | 'idempotent' | 'unit')[],
  pointer: string,
  places: ProblemPlace[],
): void {
  for (const member of alien) {
    if (form[member] !== undefined) places.push({ pointer: `${pointer}/${member}`, detail: `does not belong to kind ${form.kind}` });
  }
}

/** Options are a small object; what they say is for the adaptor to judge. */
export function checkFormatOptions(options: unknown, pointer: string, places: ProblemPlace[]): void {
  if (options === undefined) return;
  if (typeof options !== 'object' || options === null || Array.isArray(options)) places.push({ pointer, detail: 'must be a JSON object' });
  else if (Buffer.byteLength(JSON.stringify(options)) > MAX_FORMAT_OPTIONS_BYTES)
    places.push({ pointer, detail: `must take at most ${MAX_FORMAT_OPTIONS_BYTES} bytes as JSON` });
}
