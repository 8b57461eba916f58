import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { SchemaRefused } from '../dictionary/json-schema/schema-refused.js';
import { FeatureSchemas } from '../dictionary/shared-schema/feature-schemas.js';
import type { SharedSchemaUse } from '../dictionary/shared-schema/shared-schema-hold.js';
import { TermDirectory } from '../dictionary/term/term-directory.js';
import { UnitRefused } from '../dictionary/unit/unit-refused.js';
import { type Unit, Units } from '../dictionary/unit/units.js';
import { GeometryRefused } from '../kernel/geo/geometry-refused.js';
import { parseGeometry } from '../kernel/geo/geometry-parser.js';
import { InvalidId, type OrganizationId, parseUriId } from '../kernel/ids.js';
import { DomainError, type ProblemPlace } from '../problems/domain-error.js';
import { pointerToken } from '../problems/dto-validation.js';
import type { FeatureDto } from './dto/feature.dto.js';
import type { FeatureNeedDto } from './dto/feature-need.dto.js';
import type { CoverageDto, TwinProfileDto } from './dto/twin-profile.dto.js';
import { readComposition } from './composition/composition-reader.js';
import { checkFormatOptions, checkMembers, checkNeedMembers, type FaultyPlace } from './feature-members.js';
import { faultOfEndpointUrl } from './endpoint-url.js';
import { readInstant } from './instant.js';
import { findUnstorable } from './storable-json.js';
import type { Coverage, FeatureNeed, FeatureSpec, TwinProfile } from './twin.js';

/** The most a profile may take as JSON text, in bytes of UTF-8. */
export const MAX_PROFILE_BYTES = 262_144;
/** Milliseconds of compiling between two chances for other requests. */
const LONGEST_BREATH_MS = 10;
const MAX_LABELS = 64;
const MAX_PLACES = 50;
const LABEL_NAME = /^[^\s\p{Cc}\p{Cs}][^\p{Cc}\p{Cs}]{0,62}$/u;
const LABEL_VALUE = /^[^\p{Cc}\p{Cs}]{0,256}$/u;

/** A profile that may be stored, and the lease asked for. */
export interface TwinSubmission {
  readonly profile: TwinProfile;
  /** The profile as JSON text, for who stores many. */
  readonly text: string;
  /** Its size in bytes. */
  readonly bytes: number;
  /** Undefined: no lease. */
  readonly ttlSeconds?: number;
  /** Of the lease; undefined: the usual one. */
  readonly toleranceSeconds?: number;
  /** Shared schemas that its features take in; whoever stores it holds them in the same transaction. */
  readonly sharedSchemas: readonly SharedSchemaUse[];
}

/** Features that were found to be in order, in the form they are stored in. */
export interface ReadyFeatures {
  readonly specs: readonly FeatureSpec[];
  readonly sharedSchemas: readonly SharedSchemaUse[];
}

/** Parts of a profile that whoever reads very many has found to be in order: they are not looked at again. */
export interface ReadyParts {
  /** The area as {@link parseGeometry} gives it. */
  readonly area?: Coverage['area'];
  /** The features, as they were read of this organization from the same text. */
  readonly features?: ReadyFeatures;
}

/**
 * What a DTO's rules cannot say of a profile: geometry, schemas, units, names that must differ, what each kind of feature needs. One pass finds
 * every fault and names its place. Units are stored in canonical UCUM, whatever they were written in.
 */
@Injectable()
export class TwinSubmissions {
  constructor(
    private readonly schemas: FeatureSchemas,
    private readonly units: Units,
    private readonly terms: TermDirectory,
  ) {}

  /**
   * @param dto as parseDto gave it
   * @param owner whose shared schemas are meant by `$ref`, before the public ones
   * @throws DomainError `validation-failed` with every wrong place, `schema-unresolvable` when all that is wrong are references to schemas that are not
   *   registered, `payload-too-large`
   */
  async read(dto: TwinProfileDto, owner: OrganizationId, ready: ReadyParts = {}): Promise<TwinSubmission> {
    const unstorable = findUnstorable(unreadOf(dto, ready));
    if (unstorable) throw refusal([unstorable]);
    const places: FaultyPlace[] = [];
    const features = ready.features ?? (await this.readFeatures(dto.features ?? [], owner, places));
    const needs = await this.readNeeds(dto.needs ?? [], owner, places);
    const profile = withoutUndefined<TwinProfile>({
      name: dto.name,
      description: dto.description,
      domain: dto.domain,
      objectOfInterest: readObjectsOfInterest(dto.objectOfInterest ?? [], places),
      coverage: dto.coverage && readCoverage(dto.coverage, places, ready.area),
      synchronization: dto.synchronization && withoutUndefined({ ...dto.synchronization }),
      endpoints: (dto.endpoints ?? []).map((endpoint, index) => {
        const fault = faultOfEndpointUrl(endpoint.url);
        if (fault !== undefined) places.push({ pointer: `/endpoints/${index}/url`, detail: fault });
        return withoutUndefined({ ...endpoint });
      }),
      labels: readLabels(dto.labels ?? {}, places),
      access: dto.access ?? 'private',
      accessTerms: dto.accessTerms && withoutUndefined({ ...dto.accessTerms }),
      composition: dto.composition && readComposition(dto.composition, places),
      features: features.specs,
      needs: dto.needs && needs.specs,
    });
    if (places.length > 0) throw refusal(places);
    const text = JSON.stringify(profile);
    const bytes = Buffer.byteLength(text);
    if (bytes > MAX_PROFILE_BYTES) {
      throw new DomainError('payload-too-large', `The profile takes ${bytes} bytes as JSON; at most ${MAX_PROFILE_BYTES} are stored.`);
    }
    const { ttlSeconds, toleranceSeconds } = dto.lease ?? {};
    return { profile, text, bytes, ttlSeconds, toleranceSeconds, sharedSchemas: [...features.sharedSchemas, ...needs.sharedSchemas] };
  }

  /** Compiling schemas takes its time; other requests get theirs in between. */
  private async readFeatures(features: readonly FeatureDto[], owner: OrganizationId, places: FaultyPlace[]): Promise<ReadyFeatures> {
    const sharedSchemas: SharedSchemaUse[] = [];
    const names = new Set<string>();
    const specs: FeatureSpec[] = [];
    let breath = performance.now();
    for (const [index, feature] of features.entries()) {
      const pointer = `/features/${index}`;
      checkMembers(feature, pointer, names, places);
      const unit = await this.readForm(feature, owner, pointer, places, sharedSchemas);
      specs.push(withoutUndefined<FeatureSpec>({ ...feature, unit, version: feature.version ?? '1.0.0' }));
      breath = await breathe(breath);
    }
    return { specs, sharedSchemas };
  }

  private async readNeeds(
    needs: readonly FeatureNeedDto[],
    owner: OrganizationId,
    places: FaultyPlace[],
  ): Promise<{ readonly specs: readonly FeatureNeed[]; readonly sharedSchemas: readonly SharedSchemaUse[] }> {
    const sharedSchemas: SharedSchemaUse[] = [];
    const names = new Set<string>();
    const specs: FeatureNeed[] = [];
    let breath = performance.now();
    for (const [index, need] of needs.entries()) {
      const pointer = `/needs/${index}`;
      checkNeedMembers(need, pointer, names, places);
      const unit = await this.readForm(need, owner, pointer, places, sharedSchemas);
      specs.push(withoutUndefined<FeatureNeed>({ ...need, unit }));
      breath = await breathe(breath);
    }
    return { specs, sharedSchemas };
  }

  /** What features and needs have in common: schemas, options, and the unit in its canonical form. */
  private async readForm(
    form: FeatureNeedDto,
    owner: OrganizationId,
    pointer: string,
    places: FaultyPlace[],
    sharedSchemas: SharedSchemaUse[],
  ): Promise<string | undefined> {
    for (const member of ['schema', 'input', 'output'] as const)
      sharedSchemas.push(...(await this.checkSchema(form[member], owner, `${pointer}/${member}`, places)));
    checkFormatOptions(form.formatOptions, `${pointer}/formatOptions`, places);
    return this.readUnit(form, pointer, places);
  }

  private async checkSchema(schema: unknown, owner: OrganizationId, pointer: string, places: FaultyPlace[]): Promise<SharedSchemaUse[]> {
    if (schema === undefined) return [];
    try {
      return (await this.schemas.compile(owner, schema)).takesIn.map((key) => ({ ...key, pointer }));
    } catch (error) {
      if (!(error instanceof SchemaRefused)) throw error;
      places.push({ pointer: pointer + error.pointer, detail: error.detail, unresolvable: error.reference });
      return [];
    }
  }

  /** The canonical unit, which a known term may bind to a dimension. A term that the dictionary does not know binds nothing. */
  private async readUnit(
    { unit: text, semanticType }: FeatureNeedDto,
    pointer: string,
    places: FaultyPlace[],
  ): Promise<string | undefined> {
    if (text === undefined) return undefined;
    const place = `${pointer}/unit`;
    let unit: Unit;
    try {
      unit = this.units.read(text);
    } catch (error) {
      if (!(error instanceof UnitRefused)) throw error;
      places.push({ pointer: place, detail: `is no unit: ${error.detail}` });
      return undefined;
    }
    const termUnit = semanticType === undefined ? undefined : (await this.terms.find(semanticType))?.unit;
    if (termUnit !== undefined && !this.units.commensurable(unit, termUnit))
      places.push({ pointer: place, detail: `is ${unit.code}, which cannot be converted to ${termUnit}, the unit of the term` });
    return unit.code;
  }
}

/** Lets others have their turn when much time has gone by; gives the time from which to count on. */
async function breathe(since: number): Promise<number> {
  if (performance.now() - since < LONGEST_BREATH_MS) return since;
  await setImmediate();
  return performance.now();
}

function refusal(places: readonly FaultyPlace[]): DomainError {
  const first = places[0] ?? { pointer: '', detail: 'is not valid' };
  const code =
    places.length > 0 && places.every(({ unresolvable }) => unresolvable !== undefined) ? 'schema-unresolvable' : 'validation-failed';
  return new DomainError(code, `${first.pointer || 'The body'} ${first.detail}.`, {
    pointer: first.pointer,
    errors: places.slice(0, MAX_PLACES).map(({ pointer, detail }) => ({ pointer, detail })),
  });
}

function withoutUndefined<T extends object>(value: T): T {
  const copy: Partial<T> = {};
  for (const name of Object.keys(value) as (keyof T)[]) if (value[name] !== undefined) copy[name] = value[name];
  return copy as T;
}

/** The members that nobody has looked at yet. */
function unreadOf(dto: TwinProfileDto, { area, features }: ReadyParts): object {
  return { ...dto, ...(area && { coverage: { ...dto.coverage, area: undefined } }), ...(features && { features: undefined }) };
}

function readObjectsOfInterest(ids: readonly unknown[], places: ProblemPlace[]): string[] {
  return ids.flatMap((id, index) => {
    try {
      return [parseUriId(id)];
    } catch (error) {
      if (!(error instanceof InvalidId)) throw error;
      places.push({ pointer: `/objectOfInterest/${index}`, detail: error.detail });
      return [];
    }
  });
}

function readCoverage(coverage: CoverageDto, places: ProblemPlace[], ready: Coverage['area']): Coverage {
  const [validFrom, validTo] = [readInstant(coverage.validFrom), readInstant(coverage.validTo)];
  if (validFrom !== undefined && validTo !== undefined && Date.parse(validFrom) >= Date.parse(validTo)) {
    places.push({ pointer: '/coverage/validTo', detail: 'must be later than validFrom' });
  }
  return withoutUndefined({ area: ready ?? readArea(coverage.area, places), validFrom, validTo });
}

function readArea(area: unknown, places: ProblemPlace[]): Coverage['area'] {
  if (area === undefined) return undefined;
  try {
    return parseGeometry(area);
  } catch (error) {
    if (!(error instanceof GeometryRefused)) throw error;
    places.push({ pointer: `/coverage/area${error.pointer}`, detail: error.detail });
    return undefined;
  }
}

function readLabels(labels: Readonly<Record<string, unknown>>, places: ProblemPlace[]): Record<string, string> {
  const entries = Object.entries(labels);
  if (entries.length > MAX_LABELS) places.push({ pointer: '/labels', detail: `must have at most ${MAX_LABELS} labels` });
  return Object.fromEntries(
    entries.slice(0, MAX_LABELS).flatMap(([name, value]): [string, string][] => {
      const pointer = `/labels/${pointerToken(name)}`;
      if (!LABEL_NAME.test(name)) {
        places.push({ pointer, detail: 'must have a name of 1 to 63 characters, without controls, not starting with a space' });
      }
      if (typeof value === 'string' && LABEL_VALUE.test(value)) return [[name, value]];
      places.push({ pointer, detail: 'must be text of at most 256 characters without controls' });
      return [];
    }),
  );
}
