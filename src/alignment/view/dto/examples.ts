/** The views of the OpenAPI examples: `traffic-minute` stays, `temporary` is created by POST and taken away by DELETE, again and again. */
export const FIRE_TWIN_ID = 'urn:example:twin:fire';
export const TRAFFIC_TWIN_ID = 'urn:example:twin:traffic';
export const FEDERATION_ID = 'urn:example:federation:fire-response';
export const VIEW_ID = 'urn:example:view:traffic-minute';
export const TEMPORARY_VIEW_ID = 'urn:example:view:temporary';

export const COLUMNS_EXAMPLE = [
  {
    name: 'intensity',
    members: [{ twin: TRAFFIC_TWIN_ID, feature: 'trafficFlow' }],
    pointer: '/intensity',
    aggregation: 'mean',
    unit: '{vehicles}/min',
    holdMs: 120_000,
  },
];

export const VIEW_EXAMPLE = {
  name: 'Traffic on the way, by the minute',
  federationId: FEDERATION_ID,
  host: FIRE_TWIN_ID,
  feature: 'trafficMinute',
  slotMs: 60_000,
  columns: COLUMNS_EXAMPLE,
  lateness: { delayMs: 2_000, policy: 'correct', correctMs: 600_000 },
};

export const TEMPORARY_VIEW_EXAMPLE = {
  ...VIEW_EXAMPLE,
  id: TEMPORARY_VIEW_ID,
  name: 'Of a drill',
  feature: 'drillTraffic',
  columns: [
    {
      name: 'intensity',
      select: { domain: 'traffic', semanticType: 'https://smartdatamodels.org/dataModel.Transportation/intensity' },
      pointer: '/intensity',
      aggregation: 'last',
    },
  ],
  rows: {
    by: 'place',
    join: 'nearest',
    maxMeters: 20_000,
    places: [{ id: 'urn:example:station:euston', area: { type: 'Point', coordinates: [-0.1337, 51.5286] } }],
  },
};
