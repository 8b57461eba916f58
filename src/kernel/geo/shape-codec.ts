import type { Geometry, Position } from 'geojson';

/*
 * A geometry as bytes: for each of its simple parts its kind and its chains of positions, every coordinate the eight bytes (little endian) that it is.
 * Altitudes are left out. Half the size of GeoJSON text, and read without parsing numbers.
 */

const POINT = 0;
const LINE = 1;
const POLYGON = 2;

interface Part {
  readonly kind: typeof POINT | typeof LINE | typeof POLYGON;
  readonly chains: readonly (readonly Position[])[];
}

function partsOf(geometry: Geometry): Part[] {
  switch (geometry.type) {
    case 'Point':
      return [{ kind: POINT, chains: [[geometry.coordinates]] }];
    case 'MultiPoint':
      return geometry.coordinates.map((position) => ({ kind: POINT, chains: [[position]] }));
    case 'LineString':
      return [{ kind: LINE, chains: [geometry.coordinates] }];
    case 'MultiLineString':
      return geometry.coordinates.map((line) => ({ kind: LINE, chains: [line] }));
    case 'Polygon':
      return [{ kind: POLYGON, chains: geometry.coordinates }];
    case 'MultiPolygon':
      return geometry.coordinates.map((rings) => ({ kind: POLYGON, chains: rings }));
    case 'GeometryCollection':
      return geometry.geometries.flatMap(partsOf);
  }
}

/** The bytes of a parsed geometry. */
export function encodeShape(geometry: Geometry): Buffer {
  const parts = partsOf(geometry);
  const size = parts.reduce((sum, { chains }) => chains.reduce((bytes, chain) => bytes + 4 + 16 * chain.length, sum + 5), 0);
  const bytes = Buffer.allocUnsafe(size);
  // Two to three times as fast as the methods of Buffer, which check each value.
  const view = new DataView(bytes.buffer, bytes.byteOffset, size);
  let at = 0;
  for (const { kind, chains } of parts) {
    view.setUint8(at, kind);
    view.setUint32(at + 1, chains.length, true);
    at += 5;
    for (const chain of chains) {
      view.setUint32(at, chain.length, true);
      at += 4;
      for (const position of chain) {
        view.setFloat64(at, position[0] ?? 0, true);
        view.setFloat64(at + 8, position[1] ?? 0, true);
        at += 16;
      }
    }
  }
  return bytes;
}

function geometryOf({ kind, chains }: Part): Geometry {
  const rings = chains as Position[][];
  const [first = []] = rings;
  if (kind === POINT) return { type: 'Point', coordinates: first[0] ?? [] };
  return kind === LINE ? { type: 'LineString', coordinates: first } : { type: 'Polygon', coordinates: rings };
}

/** The geometry again, a collection where it had several parts: the same places, not the same type. */
export function decodeShape(bytes: Buffer): Geometry {
  const parts: Part[] = [];
  for (let at = 0; at < bytes.length;) {
    const kind = bytes.readUInt8(at) as Part['kind'];
    const chains: Position[][] = new Array<Position[]>(bytes.readUInt32LE(at + 1));
    at += 5;
    for (let i = 0; i < chains.length; i += 1) {
      const count = bytes.readUInt32LE(at);
      at += 4;
      const chain: Position[] = new Array<Position>(count);
      for (let j = 0; j < count; j += 1, at += 16) chain[j] = [bytes.readDoubleLE(at), bytes.readDoubleLE(at + 8)];
      chains[i] = chain;
    }
    parts.push({ kind, chains });
  }
  const [only] = parts;
  return only !== undefined && parts.length === 1 ? geometryOf(only) : { type: 'GeometryCollection', geometries: parts.map(geometryOf) };
}
