import proj4 from 'proj4';
import type { Transform } from './positions.js';

/** Which comes first: `xy` easting or longitude, `yx` northing or latitude. */
export const AXIS_ORDERS = ['xy', 'yx'] as const;
export type AxisOrder = (typeof AXIS_ORDERS)[number];

/** A coordinate reference system and the order in which its axes are written. */
export interface SpokenCrs {
  /** `EPSG:<number>`, or `CRS84`. */
  readonly crs: string;
  readonly axisOrder: AxisOrder;
}

const GRS80 = '+ellps=GRS80 +towgs84=0,0,0,0,0,0,0 +units=m +no_defs';

/** The systems that cities here use, as PROJ strings from the EPSG registry. UTM zones follow from their numbers. */
const KNOWN: Readonly<Record<string, string>> = {
  CRS84: '+proj=longlat +datum=WGS84 +no_defs',
  'EPSG:4326': '+proj=longlat +datum=WGS84 +no_defs',
  'EPSG:4258': '+proj=longlat +ellps=GRS80 +towgs84=0,0,0,0,0,0,0 +no_defs',
  'EPSG:4269': '+proj=longlat +datum=NAD83 +no_defs',
  'EPSG:4277': '+proj=longlat +ellps=airy +towgs84=446.448,-125.157,542.06,0.15,0.247,0.842,-20.489 +no_defs',
  'EPSG:3857': '+proj=merc +a=6378137 +b=6378137 +lat_ts=0 +lon_0=0 +x_0=0 +y_0=0 +k=1 +units=m +nadgrids=@null +no_defs',
  'EPSG:27700':
    '+proj=tmerc +lat_0=49 +lon_0=-2 +k=0.9996012717 +x_0=400000 +y_0=-100000 +ellps=airy +towgs84=446.448,-125.157,542.06,0.15,0.247,0.842,-20.489 +units=m +no_defs',
  'EPSG:3035': `+proj=laea +lat_0=52 +lon_0=10 +x_0=4321000 +y_0=3210000 ${GRS80}`,
  'EPSG:2154': `+proj=lcc +lat_1=49 +lat_2=44 +lat_0=46.5 +lon_0=3 +x_0=700000 +y_0=6600000 ${GRS80}`,
  'EPSG:28992':
    '+proj=sterea +lat_0=52.15616055555555 +lon_0=5.38763888888889 +k=0.9999079 +x_0=155000 +y_0=463000 +ellps=bessel +towgs84=565.417,50.3319,465.552,-0.398957,0.343988,-1.8774,4.0725 +units=m +no_defs',
  'EPSG:31370':
    '+proj=lcc +lat_1=51.16666723333333 +lat_2=49.8333339 +lat_0=90 +lon_0=4.367486666666666 +x_0=150000.013 +y_0=5400088.438 +ellps=intl +towgs84=-106.869,52.2978,-103.724,0.3366,-0.457,1.8422,-1.2747 +units=m +no_defs',
  'EPSG:2056':
    '+proj=somerc +lat_0=46.95240555555556 +lon_0=7.439583333333333 +k_0=1 +x_0=2600000 +y_0=1200000 +ellps=bessel +towgs84=674.374,15.056,405.346,0,0,0,0 +units=m +no_defs',
};

function definitionOf(crs: string): string | undefined {
  if (Object.hasOwn(KNOWN, crs)) return KNOWN[crs];
  const number = Number(/^EPSG:(\d{5})$/.exec(crs)?.[1] ?? 0);
  if (number > 32_600 && number <= 32_660) return `+proj=utm +zone=${number - 32_600} +datum=WGS84 +units=m +no_defs`;
  if (number > 32_700 && number <= 32_760) return `+proj=utm +zone=${number - 32_700} +south +datum=WGS84 +units=m +no_defs`;
  if (number >= 25_828 && number <= 25_838) return `+proj=utm +zone=${number - 25_800} ${GRS80}`;
  return undefined;
}

/** What is wrong with the name of a system; undefined when it is known. */
export function faultOfCrs(crs: string): string | undefined {
  if (definitionOf(crs) !== undefined) return undefined;
  return `is ${crs}, which is not one of ${Object.keys(KNOWN).join(', ')} and the UTM zones (EPSG:326xx, 327xx, 258xx)`;
}

/** Whether its axes are angles. */
function isGeographic(crs: string): boolean {
  return definitionOf(crs)?.startsWith('+proj=longlat') === true;
}

/** Degrees to eleven digits and metres to four are a fraction of a millimetre. */
function rounder(crs: string): (value: number) => number {
  const scale = isGeographic(crs) ? 1e9 : 1e4;
  return (value) => Math.round(value * scale) / scale;
}

/** From one system to the other, both known. */
export function transformer(from: SpokenCrs, to: SpokenCrs): Transform {
  if (from.crs === to.crs) return from.axisOrder === to.axisOrder ? (a, b) => [a, b] : (a, b) => [b, a];
  const projection = proj4(definitionOf(from.crs) ?? from.crs, definitionOf(to.crs) ?? to.crs);
  const round = rounder(to.crs);
  return (first, second) => {
    const position = from.axisOrder === 'xy' ? [first, second] : [second, first];
    const [x = NaN, y = NaN] = projection.forward(position);
    return to.axisOrder === 'xy' ? [round(x), round(y)] : [round(y), round(x)];
  };
}
