/** A text that is no unit, or a conversion that has no answer. `detail` says what is wrong, for the caller. */
export class UnitRefused extends Error {
  override readonly name = 'UnitRefused';

  constructor(readonly detail: string) {
    super(detail);
  }
}
