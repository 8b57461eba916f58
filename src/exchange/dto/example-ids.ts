/** The twins and things that the examples of the OpenAPI document are about. */
export const TRAFFIC_TWIN_ID = 'urn:example:twin:traffic';
export const FIRE_TWIN_ID = 'urn:example:twin:fire';
