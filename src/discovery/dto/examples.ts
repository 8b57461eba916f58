const INNER_CITY = { type: 'Polygon', coordinates: [[[-0.25, 51.45], [-0.05, 51.45], [-0.05, 51.6], [-0.25, 51.6], [-0.25, 51.45]]] }; // prettier-ignore

/** Searches that find the example twins of the registry. */
export const SEARCH_EXAMPLES = {
  combined: {
    summary: 'Traffic flow in the inner city, now and later',
    value: {
      domain: 'traffic',
      features: [{ kind: 'data', name: 'trafficFlow' }],
      text: 'traffic',
      area: { intersects: INNER_CITY },
      validity: { from: '2026-06-01T00:00:00Z' },
      limit: 20,
    },
  },
  query: {
    summary: 'Traffic or energy, not in Camden, ranked, with counts by domain',
    value: {
      query: {
        all: [
          { any: [{ domain: ['traffic', 'energy'] }, { text: 'traffic' }] },
          { not: { label: { name: 'borough', value: 'Westminster' } } },
        ],
      },
      text: 'trafic',
      sort: 'relevance',
      facets: ['domain', 'status', 'feature', 'label:borough'],
    },
  },
  jsonPath: {
    summary: 'By a JSONPath over the profile, freshest first',
    value: { jsonPath: '$.features[?@.kind == "data" && @.schema]', sort: 'freshness', limit: 5 },
  },
  nearest: {
    summary: 'The twenty nearest to an incident',
    value: { sort: 'distance', from: { type: 'Point', coordinates: [-0.13, 51.52] }, limit: 20 },
  },
  expanded: {
    summary: 'Aggregated twins, with what they are made up of',
    value: { aggregated: true, composition: 'expand', limit: 20 },
  },
  near: {
    summary: 'Whatever lies within two kilometers of an incident',
    value: { area: { near: { type: 'Point', coordinates: [-0.13, 51.52] }, withinMeters: 2000 } },
  },
};

/** Questions about the features of the example twins. */
export const FEATURE_EXAMPLES = {
  data: {
    summary: 'What data on traffic there is',
    value: { domain: 'traffic', feature: { kind: 'data' }, limit: 20 },
  },
};
