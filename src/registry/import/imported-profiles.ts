import { Injectable } from '@nestjs/common';
import { SchemaRefused } from '../../dictionary/json-schema/schema-refused.js';
import { FeatureSchemas } from '../../dictionary/shared-schema/feature-schemas.js';
import type { OrganizationId } from '../../kernel/ids.js';
import { parseDto } from '../../problems/dto-validation.js';
import { TwinProfileDto } from '../dto/twin-profile.dto.js';
import type { FeatureSpec, JsonSchemaDocument, TwinAccess, TwinRecord } from '../twin.js';
import type { ImportedFeature, ImportedModel, Unmapped } from './imported-model.js';
import { ImportedMeanings } from './imported-meanings.js';
import { Notes } from './notes.js';

/** The domain of a twin whose document tells none. */
const UNCLASSIFIED = 'unclassified';

/** What the caller says of the twin besides the document. */
export interface ProfileOptions {
  readonly id?: string;
  readonly domain?: string;
  readonly access?: TwinAccess;
  /** Seconds of the lease. */
  readonly lease?: number;
}

/** A document's model with the meanings and schemas of its features settled. */
export interface SettledModel {
  readonly model: ImportedModel;
  readonly features: readonly FeatureSpec[];
  readonly unmapped: readonly Unmapped[];
  readonly unmappedTotal: number;
  readonly warnings: readonly string[];
}

/** Turns what a reader made of a document into a profile that can be registered. */
@Injectable()
export class ImportedProfiles {
  constructor(
    private readonly meanings: ImportedMeanings,
    private readonly schemas: FeatureSchemas,
  ) {}

  /** Looks up what the features mean and tries their schemas; a schema that the broker refuses is left open, and said so. */
  async settle(model: ImportedModel, owner: OrganizationId): Promise<SettledModel> {
    const notes = new Notes();
    const features: FeatureSpec[] = [];
    if (model.domain === undefined) notes.warn(`Nothing tells the domain: it is ${UNCLASSIFIED} unless the import or the twin names one.`);
    for (const feature of model.features) {
      const semanticType = await this.meanings.semanticType(feature, notes);
      const spec = await this.withSoundSchemas(feature, owner, notes);
      features.push({ ...spec, ...(semanticType === undefined ? {} : { semanticType }) });
    }
    return {
      model,
      features,
      unmapped: [...model.unmapped, ...notes.unmappedPlaces],
      unmappedTotal: model.unmappedTotal + notes.unmappedTotal,
      warnings: [...model.warnings, ...notes.warnings],
    };
  }

  /**
   * The profile, validated as any other. What neither the caller nor the document says stays as it is on a twin that is there already.
   * @throws DomainError `validation-failed`
   */
  profile({ model, features }: SettledModel, id: string, options: ProfileOptions, current: TwinRecord | undefined): TwinProfileDto {
    const domain = options.domain ?? current?.profile.domain ?? model.domain ?? UNCLASSIFIED;
    const coverage = definedOf({ area: model.area, validFrom: model.validFrom, validTo: model.validTo });
    const { lease } = current ?? {};
    // A contract that was given a version by hand keeps it: whether this changes it is found out by comparing.
    const versions = new Map(current?.profile.features.map(({ name, version }) => [name, version]));
    const ttlSeconds = options.lease ?? model.ttlSeconds ?? lease?.ttlSeconds;
    return parseDto(TwinProfileDto, {
      ...definedOf({
        synchronization: current?.profile.synchronization,
        needs: current?.profile.needs,
        description: model.description,
        accessTerms: model.accessTerms,
        coverage: Object.keys(coverage).length === 0 ? undefined : coverage,
      }),
      id,
      name: model.name,
      domain,
      objectOfInterest: model.objectOfInterest,
      endpoints: model.endpoints,
      labels: model.labels,
      access: options.access ?? current?.profile.access ?? 'private',
      features: features.map((feature) => ({ ...feature, version: versions.get(feature.name) ?? feature.version })),
      ...(ttlSeconds === undefined ? {} : { lease: { ttlSeconds } }),
    });
  }

  private async withSoundSchemas({ spec, pointer }: ImportedFeature, owner: OrganizationId, notes: Notes): Promise<FeatureSpec> {
    const sound = { ...spec };
    for (const member of ['schema', 'input', 'output'] as const) {
      const schema: JsonSchemaDocument | undefined = spec[member];
      if (schema === undefined || typeof schema === 'boolean') continue;
      try {
        await this.schemas.compile(owner, schema);
      } catch (error) {
        if (!(error instanceof SchemaRefused)) throw error;
        notes.unmapped(pointer, `Its ${member} is refused (${error.detail}); any value is taken.`);
        sound[member] = true;
      }
    }
    return sound;
  }
}

function definedOf(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
