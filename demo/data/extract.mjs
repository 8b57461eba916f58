// Makes the two GeoJSON files beside it from the npm packages vega-datasets and topojson-client; README.md has the commands.
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const packages = process.argv[2];
if (packages === undefined) throw new Error('usage: node extract.mjs <folder that holds node_modules>');
const require = createRequire(join(packages, 'package.json'));
const { feature } = require('topojson-client');

const topology = async (name) => JSON.parse(await readFile(join(packages, 'node_modules/vega-datasets/data', name), 'utf8'));
const round = (value) => Math.round(value * 1e5) / 1e5 + 0;
const roundAll = (value) => (Array.isArray(value) ? value.map(roundAll) : round(value));
/** Rounding may put neighbours in one place. */
const withoutRepeats = (line) => line.filter((position, i) => i === 0 || String(position) !== String(line[i - 1]));

/** One position of Richmond, an artefact of the simplification upstream, lies on the wrong side of an edge and makes the ring cross itself. */
const STRAY_POSITION = '-0.33025,51.44121';

function isCounterClockwise(ring) {
  return ring.slice(1).reduce((area, [x, y], i) => area + ring[i][0] * y - x * ring[i][1], 0) > 0;
}

/** A sound polygon by RFC 7946, or none where simplification left a shell without area. */
function polygonOf(rings) {
  const sound = rings.map((ring) => withoutRepeats(roundAll(ring)).filter((position) => String(position) !== STRAY_POSITION));
  const wound = sound.map((ring, i) => (isCounterClockwise(ring) === (i === 0) ? ring : ring.toReversed()));
  return wound[0].length < 4 ? [] : [wound];
}

function areaOf({ type, coordinates }) {
  const polygons = (type === 'Polygon' ? [coordinates] : coordinates).flatMap(polygonOf);
  return polygons.length === 1 ? { type: 'Polygon', coordinates: polygons[0] } : { type: 'MultiPolygon', coordinates: polygons };
}

async function write(name, features) {
  const lines = features.map((one) => JSON.stringify(one)).join(',\n');
  await writeFile(join(import.meta.dirname, name), `{"type":"FeatureCollection","features":[\n${lines}\n]}\n`);
}

const boroughs = await topology('londonBoroughs.json');
await write(
  'london-boroughs.geojson',
  feature(boroughs, boroughs.objects.boroughs).features.map(({ id, geometry }) => ({
    type: 'Feature',
    properties: { name: id },
    geometry: areaOf(geometry),
  })),
);

const tube = await topology('londonTubeLines.json');
const stretchesByName = new Map();
for (const { id, geometry } of feature(tube, tube.objects.line).features) {
  stretchesByName.set(id, [...(stretchesByName.get(id) ?? []), geometry.coordinates]);
}
await write(
  'london-tube-lines.geojson',
  [...stretchesByName].map(([name, stretches]) => ({
    type: 'Feature',
    properties: { name },
    geometry: {
      type: 'MultiLineString',
      coordinates: stretches
        .map(roundAll)
        .map(withoutRepeats)
        .filter((line) => line.length > 1),
    },
  })),
);
