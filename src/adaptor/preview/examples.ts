/** The example of the OpenAPI document: a speed in km/h under one name, needed in m/s under another. */
export const PREVIEW_EXAMPLE = {
  offering: {
    twin: 'urn:example:twin:traffic',
    features: [
      {
        kind: 'data',
        name: 'vehicle',
        semanticType: 'https://smartdatamodels.org/dataModel.Transportation/Vehicle',
        schema: {
          type: 'object',
          properties: {
            id: { type: 'string', 'x-term': 'https://schema.org/identifier' },
            speed: { type: 'number', 'x-unit': 'km/h' },
            lane: { type: 'integer' },
          },
          required: ['id', 'speed'],
        },
      },
    ],
  },
  using: {
    twin: 'urn:example:twin:fire',
    needs: [
      {
        kind: 'data',
        name: 'vehicle',
        semanticType: 'https://smartdatamodels.org/dataModel.Transportation/Vehicle',
        schema: {
          type: 'object',
          properties: {
            vehicle: { type: 'string', 'x-term': 'https://schema.org/identifier' },
            motion: {
              type: 'object',
              properties: { velocity: { type: 'number', 'x-term': 'urn:twinfed:vocabulary:urban:vehicleSpeed', 'x-unit': 'm/s' } },
              required: ['velocity'],
            },
          },
          required: ['vehicle', 'motion'],
          additionalProperties: false,
        },
      },
    ],
  },
  sample: { id: 'urn:example:vehicle:7', speed: 36, lane: 2 },
};
