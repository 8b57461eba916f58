import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsIn, Matches, MaxLength } from 'class-validator';
import { FreeJson, IsPageLimit, Optional } from '../../registry/dto/field-rules.js';
import { LIVE_STATUSES } from '../../registry/registration-status.js';
import { COMPOSITION_OPTIONS, type CompositionOption } from '../composition/composition-option.js';
import { FACET } from '../search/facets.js';
import { type Sort, SORTS } from '../search/order.js';

const AREA_EXAMPLE = { type: 'Polygon', coordinates: [[[-0.25, 51.45], [-0.05, 51.45], [-0.05, 51.6], [-0.25, 51.6], [-0.25, 51.45]]] }; // prettier-ignore
const TEXT = { type: 'string' } as const;
const NUMBER = { type: 'number' } as const;
const INSTANT = { type: 'string', format: 'date-time' } as const;
const OBJECT = { type: 'object', additionalProperties: true } as const;

function object(properties: Record<string, object>): { type: 'object'; additionalProperties: false; properties: Record<string, object> } {
  return { type: 'object', additionalProperties: false, properties };
}

function oneOrMore(items: object): { oneOf: object[] } {
  return { oneOf: [items, { type: 'array', items, minItems: 1 }] };
}

const FEATURE = object({
  kind: { type: 'string', enum: ['data', 'function'] },
  name: { ...TEXT, example: 'trafficFlow' },
  semanticTerm: {
    ...TEXT,
    description: 'A term, by its IRI or by any of its names. Narrower terms and matches, exact and close, satisfy it too.',
  },
  exact: { type: 'boolean', description: 'Of the term: nothing but it.' },
  close: { type: 'boolean', description: 'Of the term: false leaves out what only matches closely.' },
  unit: { ...TEXT, description: 'A unit (UCUM) that the feature’s is commensurable with.', example: 'km/h' },
  callableByMe: {
    type: 'boolean',
    enum: [true],
    description: 'A function of a twin of one’s own organization, or of one that shares an open federation.',
  },
});
const LABEL = object({ name: TEXT, value: TEXT });
const AREA = object({
  intersects: { ...OBJECT, description: 'GeoJSON geometry that the coverage shares a point with.', example: AREA_EXAMPLE },
  within: { ...OBJECT, description: 'GeoJSON geometry that the whole coverage lies in.' },
  contains: { ...OBJECT, description: 'GeoJSON geometry that lies wholly in the coverage.' },
  near: { ...OBJECT, description: 'GeoJSON geometry that the coverage comes within withinMeters of, over the ellipsoid.' },
  withinMeters: { ...NUMBER, minimum: 0, maximum: 20_050_000 },
});

/** A criterion: its shape is told to people here, and read by readQuery, which can point inside it. */
function Criterion(options: object): PropertyDecorator {
  return applyDecorators(ApiPropertyOptional(options), Optional(), FreeJson());
}

/** What is needed, in which order, and what to count. Every criterion given, and the query, must be met. */
export class SearchDto {
  @Criterion({ ...oneOrMore(TEXT), description: 'A domain, or several of which one.', example: 'traffic' })
  domain?: unknown;

  @Criterion({ ...oneOrMore(TEXT), description: 'An organization, or several of which one.' })
  owner?: unknown;

  @Criterion({ ...LABEL, description: 'A label that the twin has, of this value if one is given.' })
  label?: unknown;

  @Criterion({
    oneOf: [
      { type: 'array', maxItems: 64, items: LABEL },
      { type: 'object', additionalProperties: TEXT },
    ],
    description: 'Labels that the twin all has: a list, or an object of values by name.',
  })
  labels?: unknown;

  @Criterion({
    type: 'string',
    maxLength: 1000,
    description:
      'Words in name, domain, labels, features or descriptions; "a phrase", or, -not. The last word may be the beginning of one, and a word that nobody uses is taken for a similar one.',
    example: 'traffic flow',
  })
  text?: unknown;

  @Criterion({ ...FEATURE, description: 'What one feature is, all at once.' })
  feature?: unknown;

  @Criterion({ type: 'array', maxItems: 20, items: FEATURE, description: 'Features that one twin must all offer.' })
  features?: unknown;

  @Criterion({ ...TEXT, description: 'The id of a physical thing that the twin is of.' })
  objectOfInterest?: unknown;

  @Criterion({ ...AREA, description: 'Where the coverage is: one relation.' })
  area?: unknown;

  @Criterion({ ...INSTANT, description: 'A moment at which the coverage is valid.', example: '2026-06-01T12:00:00Z' })
  validAt?: unknown;

  @Criterion({
    ...object({ from: INSTANT, to: INSTANT }),
    description: 'A span that the validity overlaps; a missing bound is open, `to` is exclusive.',
  })
  validity?: unknown;

  @Criterion({ type: 'integer', minimum: 0, description: 'The longest time between two synchronizations, in milliseconds.' })
  maxPeriodMs?: unknown;

  @Criterion({ type: 'integer', minimum: 0, description: 'The greatest age that the twin desires of its observations, in milliseconds.' })
  maxAgeMs?: unknown;

  @Criterion({
    ...oneOrMore({ type: 'string', enum: [...LIVE_STATUSES] }),
    description: 'Without it, ACTIVE and STALE.',
    example: ['ACTIVE', 'STALE'],
  })
  status?: unknown;

  @Criterion({ ...oneOrMore(TEXT), description: 'Ids of twins, at most 1,000, of which one.' })
  ids?: unknown;

  @Criterion({ ...TEXT, description: 'An aggregated twin of which it is a part, on any level.' })
  partOf?: unknown;

  @Criterion({ type: 'boolean', description: 'Whether it is an aggregated twin.' })
  aggregated?: unknown;

  @Criterion({
    ...TEXT,
    maxLength: 1000,
    description: 'A JSONPath (RFC 9535) that selects something in the profile.',
    example: '$.features[?@.unit == "km/h"]',
  })
  jsonPath?: unknown;

  @Criterion({
    ...OBJECT,
    description:
      'A query: an object of these same criteria, and of `all`, `any` (lists of queries) and `not` (a query), at most 8 deep and 100 criteria.',
    example: { any: [{ domain: 'traffic' }, { not: { label: { name: 'borough', value: 'Camden' } } }] },
  })
  query?: unknown;

  @ApiPropertyOptional({ enum: SORTS, description: '`relevance` needs a text; `distance` a `from`, or one near area that must be met.' })
  @Optional()
  @IsIn(SORTS)
  sort?: Sort;

  @Criterion({ ...OBJECT, description: 'GeoJSON geometry from which distances are measured.' })
  from?: unknown;

  @ApiPropertyOptional({
    enum: COMPOSITION_OPTIONS,
    default: 'asIs',
    description:
      'expand: aggregated twins are told with their parts. collapse: a match that is a part of another match is left out, also of counts.',
  })
  @Optional()
  @IsIn(COMPOSITION_OPTIONS)
  composition?: CompositionOption;

  @ApiPropertyOptional({
    type: [String],
    maxItems: 10,
    description:
      'What to count among all matches: domain, owner, status, feature, or label: and a label’s name. An empty list counts the matches alone.',
    example: ['domain', 'label:borough'],
  })
  @Optional()
  @IsArray()
  @ArrayMaxSize(10)
  @Matches(FACET, { each: true, message: 'must be domain, owner, status, feature, or label: and the name of a label' })
  facets?: string[];

  @ApiPropertyOptional({ minimum: 1, maximum: 1000, default: 50, example: 50 })
  @Optional()
  @IsPageLimit()
  limit?: number;

  @ApiPropertyOptional({ description: 'The `next` of the page before, asked with the same query and order.' })
  @Optional()
  @MaxLength(4096)
  cursor?: string;
}

/** A feature by which a twin was found. */
export class MatchedFeatureDto {
  @ApiProperty({ enum: ['data', 'function'], example: 'data' })
  kind!: 'data' | 'function';

  @ApiProperty({ example: 'trafficFlow' })
  name!: string;
}
