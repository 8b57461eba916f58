import { type CustomDecorator, SetMetadata } from '@nestjs/common';

/** Metadata key of {@link OperatorOnly}. */
export const OPERATOR_ONLY = 'twinfed:operator-only';

/** Marks a controller or method that only an operator may call; others get `forbidden`. */
export function OperatorOnly(): CustomDecorator {
  return SetMetadata(OPERATOR_ONLY, true);
}
