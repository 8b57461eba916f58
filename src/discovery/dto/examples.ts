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
  near: {
    summary: 'Whatever lies within two kilometers of an incident',
    value: { area: { near: { type: 'Point', coordinates: [-0.13, 51.52] }, withinMeters: 2000 } },
  },
};
