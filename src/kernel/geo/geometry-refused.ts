/**
 * A value is not a geometry this broker accepts. `pointer` is an RFC 6901 pointer relative to the geometry ('' is the geometry itself),
 * `detail` a sentence for the caller. The kernel knows no catalogue: whoever parses a request translates this into a validation problem.
 */
export class GeometryRefused extends Error {
  constructor(
    readonly pointer: string,
    readonly detail: string,
  ) {
    super(`${pointer === '' ? 'geometry' : pointer}: ${detail}`);
    this.name = 'GeometryRefused';
  }
}
