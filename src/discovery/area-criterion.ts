import type { Geometry } from 'geojson';
import { boundingBoxes, type BoundingBox, expandBox } from '../kernel/geo/bounding-box.js';
import { withinDistance } from '../kernel/geo/distance.js';
import { parseGeometry } from '../kernel/geo/geometry-parser.js';
import { GeometryRefused } from '../kernel/geo/geometry-refused.js';
import { intersects } from '../kernel/geo/intersects.js';
import { prepareGeometry } from '../kernel/geo/prepared-geometry.js';
import { DomainError } from '../problems/domain-error.js';
import type { AreaCriterionDto } from './dto/search.dto.js';

/** An area asked for: boxes that cover whatever can match, and the exact test. */
export interface AreaCriterion {
  readonly boxes: readonly BoundingBox[];
  readonly matches: (area: Geometry) => boolean;
}

function refused(pointer: string, detail: string): DomainError {
  return new DomainError('validation-failed', `${pointer} ${detail}.`, { pointer, errors: [{ pointer, detail }] });
}

function readGeometry(value: unknown, pointer: string): Geometry {
  try {
    return parseGeometry(value);
  } catch (error) {
    if (error instanceof GeometryRefused) throw refused(pointer + error.pointer, error.detail);
    throw error;
  }
}

/**
 * Reads the criterion: either `intersects`, or `near` with `withinMeters`.
 * @throws DomainError `validation-failed` naming the place
 */
export function readAreaCriterion({ intersects: overlapping, near, withinMeters }: AreaCriterionDto): AreaCriterion {
  if (overlapping !== undefined) {
    if (near !== undefined) throw refused('/area/near', 'cannot be combined with intersects');
    if (withinMeters !== undefined) throw refused('/area/withinMeters', 'belongs to near, not to intersects');
    const geometry = readGeometry(overlapping, '/area/intersects');
    const prepared = prepareGeometry(geometry);
    return { boxes: boundingBoxes(geometry), matches: (area) => intersects(area, prepared) };
  }
  if (near === undefined) throw refused('/area', 'needs intersects, or near and withinMeters');
  if (withinMeters === undefined) throw refused('/area/withinMeters', 'is required with near');
  const geometry = readGeometry(near, '/area/near');
  const prepared = prepareGeometry(geometry);
  return {
    boxes: boundingBoxes(geometry).flatMap((box) => expandBox(box, withinMeters)),
    matches: (area) => withinDistance(area, prepared, withinMeters),
  };
}
