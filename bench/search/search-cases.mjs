import { CITIES } from '../data-set/cities.mjs';
import { Random } from '../data-set/random.mjs';
import { DOMAINS, placeIn } from '../data-set/twins.mjs';

const KM_PER_DEGREE = 111.195;
const TEXTS = ['harbour', 'station bridge', 'school', 'river park', 'green hill', 'castle market', 'mill', 'substation'];
const FEATURES = ['state', 'power', 'temperature', 'occupancy', 'waterLevel'];
const COLUMNS = 't.twin_id AS id, t.owner, p.profile';
const FROM = 'twin_search t JOIN twin_lease l ON l.twin_id = t.twin_id JOIN twin p ON p.id = t.twin_id';
/** What the asker may see, and the statuses that a search asks for by itself. */
const SEEN = `(t.owner = 'reader' OR t.access = 'listed') AND l.status = ANY ('{ACTIVE,STALE}')`;
const LIMIT = 20;

/** A square around a place: as a polygon and as PostgreSQL's box. */
function square([longitude, latitude], halfKm) {
  const dy = halfKm / KM_PER_DEGREE;
  const dx = dy / Math.cos((latitude * Math.PI) / 180);
  const [west, east, south, north] = [longitude - dx, longitude + dx, latitude - dy, latitude + dy];
  const ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]; // prettier-ignore
  return { polygon: { type: 'Polygon', coordinates: [ring] }, box: `((${east},${north}),(${west},${south}))` };
}

/**
 * What is asked: for each number, a query document for the broker and the same by hand. What is written by hand asks the same tables with the same rights,
 * and takes an area by its extent alone.
 * @param {{ searchKey: (text: string) => number, labelKeyText: (name: string, value?: string) => string, featureKeyText: (parts: object) => string }} keys how
 *   the product hashes what it searches
 */
export function searchCases(keys) {
  const labelKey = (name, value) => keys.searchKey(keys.labelKeyText(name, value));
  const featureKey = (name) => keys.searchKey(keys.featureKeyText({ name }));
  const select = (where, order) => `SELECT ${COLUMNS} FROM ${FROM} WHERE ${where} AND ${SEEN} ORDER BY ${order} LIMIT ${LIMIT}`;
  return {
    'area + domain + feature + text': (index) => {
      const random = new Random(index);
      const [city, domain, feature, text] = [random.skewed(CITIES), random.skewed(DOMAINS), random.skewed(FEATURES), random.skewed(TEXTS)];
      const { polygon, box } = square(placeIn(city, random), 10);
      return {
        document: { area: { intersects: polygon }, domain, feature: { name: feature }, text, limit: LIMIT },
        sql: select(
          `t.area_box && $1::box AND t.domain = $2 AND t.keys @> $3::bigint[] AND t.search @@ websearch_to_tsquery('english', $4)`,
          't.twin_id',
        ),
        parameters: [box, domain, [featureKey(feature)], text],
      };
    },
    'area + domain': (index) => {
      const random = new Random(index);
      const [city, domain] = [random.skewed(CITIES), random.skewed(DOMAINS)];
      const { polygon, box } = square(placeIn(city, random), 5);
      return {
        document: { area: { intersects: polygon }, domain, limit: LIMIT },
        sql: select('t.area_box && $1::box AND t.domain = $2', 't.twin_id'),
        parameters: [box, domain],
      };
    },
    'nearest 20': (index) => {
      const random = new Random(index);
      const place = placeIn(random.skewed(CITIES), random);
      return {
        document: { sort: 'distance', from: { type: 'Point', coordinates: place }, limit: LIMIT },
        sql: select('t.area_box IS NOT NULL', 't.area_box <-> $1::point'),
        parameters: [`(${place.join(',')})`],
      };
    },
    'text ranked': (index) => {
      const text = new Random(index).skewed(TEXTS);
      const matching = `SELECT t.twin_id FROM twin_search t JOIN twin_lease l ON l.twin_id = t.twin_id
                         WHERE t.search @@ websearch_to_tsquery('english', $1) AND ${SEEN} LIMIT 1000`;
      return {
        document: { text, sort: 'relevance', limit: LIMIT },
        sql: `SELECT ${COLUMNS} FROM (${matching}) m JOIN twin_search t ON t.twin_id = m.twin_id JOIN twin p ON p.id = t.twin_id
               ORDER BY ts_rank(t.search, websearch_to_tsquery('english', $1)) DESC LIMIT ${LIMIT}`,
        parameters: [text],
      };
    },
    'label + attribute': (index) => {
      const maker = `maker-${new Random(index).whole(20, 150)}`;
      return {
        document: { label: { name: 'maker', value: maker }, maxPeriodMs: 1_000, limit: LIMIT },
        sql: select('t.keys @> $1::bigint[] AND t.period_ms <= 1000', 't.twin_id'),
        parameters: [[labelKey('maker', maker)]],
      };
    },
    'JSONPath existence': () => ({
      document: { jsonPath: '$.labels.inspected', limit: LIMIT },
      sql: select('t.keys @> $1::bigint[]', 't.twin_id'),
      parameters: [[labelKey('inspected')]],
    }),
  };
}

/** A page far behind the first: its cursor for the broker, and where it begins by hand. */
export async function deepPageCase(search, pages) {
  let cursor;
  let last = '';
  for (let page = 0; page < pages; page += 1) {
    const { items, next } = await search({ domain: 'traffic', limit: LIMIT, ...(cursor && { cursor }) });
    if (next === undefined) break;
    cursor = next;
    last = items.at(-1)?.id ?? last;
  }
  return () => ({
    document: { domain: 'traffic', limit: LIMIT, cursor },
    sql: `SELECT ${COLUMNS} FROM ${FROM} WHERE t.domain = $1 AND t.twin_id > $2 AND ${SEEN} ORDER BY t.twin_id LIMIT ${LIMIT}`,
    parameters: ['traffic', last],
  });
}
