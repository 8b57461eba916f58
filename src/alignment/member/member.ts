import type { Geometry } from 'geojson';
import type { SpokenForm } from '../../exchange/adaptation/payload-decoder.js';
import type { TwinId } from '../../kernel/ids.js';
import type { FeatureSpec } from '../../registry/twin.js';

/** Why a member is not joined at the moment. */
export const MISSING_REASONS = [
  'no-value',
  'no-connection',
  'connection-suspended',
  'connection-lost',
  'twin-unknown',
  'twin-suspended',
  'twin-expired',
  'feature-unknown',
  'unit-unknown',
  'unit-incommensurable',
] as const;
export type MissingReason = (typeof MISSING_REASONS)[number];

/** How values reach the host. */
export type ReceivedForm = SpokenForm & Pick<FeatureSpec, 'schema' | 'unit'>;

/** A data feature that belongs to a column. */
export interface Member {
  readonly twin: TwinId;
  readonly feature: string;
  /** Place of its column among the view's columns. */
  readonly column: number;
  /** Why it is not joined; absent when it is. */
  readonly missing?: Exclude<MissingReason, 'no-value'>;
  /** Whether its stream is kept in mind: what is published while the connection is interrupted is read when it is back. */
  readonly interrupted?: boolean;
  /** The connection over which it is joined, whose plan adapts its values for the host. */
  readonly connectionId?: string;
  /** How to decode its values, when the host gets them in another format than JSON, and whose words that are. */
  readonly encoded?: { readonly form: SpokenForm; readonly schema: unknown; readonly by: TwinId };
  /** The unit that it speaks, when its values have to be converted. */
  readonly unit?: string;
  /** Where it speaks for its object of interest. */
  readonly area?: Geometry;
}
