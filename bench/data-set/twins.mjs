import { CITIES } from './cities.mjs';
import { Random } from './random.mjs';

/** Domains, the frequent ones first. */
export const DOMAINS = [
  'traffic',
  'building',
  'energy',
  'environment',
  'water',
  'parking',
  'waste',
  'lighting',
  'emergency',
  'health',
  'noise',
  'port',
];
const KINDS = {
  traffic: ['junction', 'road segment', 'bus stop', 'tram line', 'traffic light', 'bridge', 'tunnel'],
  building: ['office building', 'school', 'hospital wing', 'apartment block', 'warehouse', 'museum'],
  energy: ['substation', 'solar roof', 'charging station', 'district heating node', 'feeder'],
  environment: ['air quality station', 'weather mast', 'park', 'river gauge', 'tree row'],
};
const PLAIN_KINDS = ['site', 'station', 'facility', 'unit', 'network node'];
const WORDS =
  'north south east west old new central upper lower harbour market garden station castle mill church bridge green royal queen king school river hill park'.split(
    ' ',
  );
const OPERATORS = Array.from({ length: 40 }, (_, index) => `operator-${index + 1}`);
const MAKERS = Array.from({ length: 200 }, (_, index) => `maker-${index + 1}`);
const FEATURES = [
  ['state', { type: 'string', enum: ['ok', 'degraded', 'failed'] }],
  ['vehicleCount', { type: 'integer', minimum: 0 }, '{vehicles}/h', 'https://smartdatamodels.org/dataModel.Transportation/intensity'],
  ['averageSpeed', { type: 'number', minimum: 0 }, 'km/h'],
  ['power', { type: 'number' }, 'kW'],
  ['temperature', { type: 'number', minimum: -90, maximum: 90 }, 'Cel'],
  ['no2', { type: 'number', minimum: 0 }, 'ug/m3'],
  ['occupancy', { type: 'number', minimum: 0, maximum: 1 }],
  ['waterLevel', { type: 'number' }, 'm'],
  ['noiseLevel', { type: 'number' }, 'dB'],
  [
    'inspection',
    { type: 'object', properties: { at: { type: 'string', format: 'date-time' }, passed: { type: 'boolean' } }, required: ['at'] },
  ],
];
const TOTAL_WEIGHT = CITIES.reduce((sum, city) => sum + city.weight, 0);
const KM_PER_DEGREE = 111.195;

/** How many twins carry the label that the existence filter looks for, whatever the size of the set. */
export const MARKED = 200;

function cityFor(random) {
  let rest = random.next() * TOTAL_WEIGHT;
  return CITIES.find((city) => (rest -= city.weight) < 0) ?? CITIES[0];
}

const round = (degrees) => Math.round(degrees * 1e6) / 1e6;

/** A place in the city: dense in the middle, thinning out. */
export function placeIn(city, random) {
  const [dx, dy] = [random.normal(), random.normal()].map((n) => Math.max(-2.5, Math.min(2.5, n)) * city.radiusKm * 0.45);
  const latitude = city.latitude + dy / KM_PER_DEGREE;
  return [round(city.longitude + dx / (KM_PER_DEGREE * Math.cos((latitude * Math.PI) / 180))), round(latitude)];
}

/** A star-shaped ring of 5 to 500 vertices around a place, small ones more often. */
function polygonAround([longitude, latitude], random) {
  const vertices = Math.round(random.logUniform(5, 500));
  const radius = random.logUniform(0.05, 3) / KM_PER_DEGREE;
  const stretch = 1 / Math.cos((latitude * Math.PI) / 180);
  const ring = [];
  for (let index = 0; index < vertices - 1; index += 1) {
    const angle = (2 * Math.PI * index) / (vertices - 1);
    const reach = radius * (0.7 + 0.3 * random.next());
    ring.push([longitude + reach * stretch * Math.cos(angle), latitude + reach * Math.sin(angle)].map((n) => Math.round(n * 1e7) / 1e7));
  }
  return { type: 'Polygon', coordinates: [[...ring, ring[0]]] };
}

function featuresFor(domain, random) {
  const count = random.whole(1, 4);
  const first = DOMAINS.indexOf(domain) % FEATURES.length;
  return Array.from({ length: count }, (_, index) => {
    const [name, schema, unit, semanticType] = FEATURES[(first + index * 3) % FEATURES.length];
    return { kind: 'data', name, version: '1.0.0', schema, ...(unit && { unit }), ...(semanticType && { semanticType }) };
  });
}

/** Id of the twin of this number. */
export const idOf = (index) => `urn:bench:twin:${String(index).padStart(7, '0')}`;

/** The profile of the twin of this number: depends on the number and the seed alone. */
export function profileOf(index, seed = 1) {
  const random = new Random(Math.imul(index + 1, 0x9e3779b1) ^ seed);
  for (let warm = 0; warm < 3; warm += 1) random.next();
  const city = cityFor(random);
  const domain = random.skewed(DOMAINS);
  const kind = random.skewed(KINDS[domain] ?? PLAIN_KINDS);
  const place = placeIn(city, random);
  const words = [random.skewed(WORDS), random.skewed(WORDS)];
  const marked = index < MARKED;
  return {
    id: idOf(index),
    name: `${words[0]} ${words[1]} ${kind} ${index}`,
    description: `The ${kind} at ${words[0]} ${words[1]} in ${city.name}, kept by ${random.skewed(OPERATORS)}.`,
    domain,
    objectOfInterest: [`urn:bench:thing:${index}`],
    coverage: { area: index % 2 === 0 ? { type: 'Point', coordinates: place } : polygonAround(place, random) },
    synchronization: { direction: 'physical-to-twin', periodMs: random.skewed([60_000, 1_000, 300_000, 100]) },
    labels: {
      city: city.name,
      operator: random.skewed(OPERATORS),
      maker: random.skewed(MAKERS),
      ...(marked ? { inspected: '2026' } : {}),
    },
    access: random.next() < 0.7 ? 'listed' : 'private',
    ...(random.next() < 0.8 ? { lease: { ttlSeconds: 86_400 } } : {}),
    features: featuresFor(domain, random),
  };
}
