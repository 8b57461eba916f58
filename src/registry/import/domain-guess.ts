/**
 * Words that tell a domain, in the subject of a model (Smart Data Models' dataModel.Transportation) or in its type. What stands first wins.
 * Ours (graded P): the domains are those of the built-in vocabulary.
 */
const DOMAINS: readonly (readonly [domain: string, words: RegExp])[] = [
  ['emergency', /\b(alerts?|anomal(y|ies)|emergency|emergencies|fire|firefighting|incidents?|risk|rescue|disaster|hazard|ambulance)\b/],
  ['waste', /\b(waste|garbage|recycling|litter)\b(?! water)/],
  ['water', /\b(water|sewage|epanet|hydrant|aquaculture|open channel|flood|drain|pump)\b/],
  ['environment', /\b(environment|air quality|weather|noise|pollution|climate|pollen|forestry|parks|garden|green|air|rain|wind)\b/],
  [
    'traffic',
    /\b(traffic|transport|transportation|transit|mobility|roads?|vehicles?|parking|bikes?|bicycles?|fleet|lane|commuter|anpr|crowd|passenger|bus|tram|train|metro|railway|gtfs|gbfs|gbtf|fare|charging station|ev|city work|restriction|restricted|item flow|station|traffic light|car|truck|aeronautics|ports?|marine|uav)\b/,
  ],
  ['energy', /\b(energy|solar|inverter|photovoltaic|battery|power|grid|electric|electrical|meter|cim|measurement ac|ac measurement|cabinet|streetlight|streetlighting|lighting|heat pump|turbine|voltage|current)\b/], // prettier-ignore
  ['building', /\b(buildings?|bldg|room|floor|elevator|hvac|apartment|house|thermostat|lamp|light|door|window|vibrations?|space|zone|boiler|facility|ifc|bim|brick|rec|elevator|escalator|fan|duct|valve|chiller|plumbing|damper)\b/], // prettier-ignore
];
const MAX_HINT = 200;

/** `BikeHireDockingStation`, `bike_hire` and `bike-hire` as lower-case words. */
function wordsOf(text: string): string {
  return text
    .slice(0, MAX_HINT)
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .replace(/([A-Za-z])(\d)/g, '$1 $2')
    .replace(/[^A-Za-z0-9]+/g, ' ')
    .toLowerCase();
}

/** A slug that a domain may be; undefined when the text has nothing to make one of. */
function slugOf(subject: string): string | undefined {
  const slug = wordsOf(subject)
    .trim()
    .replace(/ /g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, 63)
    .replace(/-+$/, '');
  return slug === '' ? undefined : slug;
}

/**
 * The domain of a model.
 * @param subject the subject area that the document names, if it does; it is a domain of its own when no known one fits
 * @param hints types and titles, most telling first
 */
export function guessDomain(subject: string | undefined, hints: readonly string[]): string | undefined {
  for (const hint of [...(subject === undefined ? [] : [subject]), ...hints]) {
    const words = wordsOf(hint);
    const found = DOMAINS.find(([, pattern]) => pattern.test(words));
    if (found !== undefined) return found[0];
  }
  return subject === undefined ? undefined : slugOf(subject);
}
