import { applyDecorators } from '@nestjs/common';
import { Transform, type TransformFnParams, Type } from 'class-transformer';
import { ValidateBy } from 'class-validator';

/**
 * Free JSON, taken as it came. class-transformer would rebuild it: lose members named like methods of Object, and fail on one named constructor. Told
 * that it is a boolean, it does not look inside, and then the value itself is put back. What it must be like is checked by the service, which can
 * point inside it.
 */
export function FreeJson(): PropertyDecorator {
  const asGiven = ({ obj, key }: TransformFnParams): unknown => (obj as Record<string, unknown>)[key];
  return applyDecorators(
    Type(() => Boolean),
    Transform(asGiven, { toClassOnly: true }),
    ValidateBy({ name: 'freeJson', validator: { validate: () => true } }),
  );
}
