import { applyDecorators } from '@nestjs/common';
import {
  IsInt,
  Max,
  Min,
  Validate,
  ValidateBy,
  ValidateIf,
  type ValidationOptions,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
} from 'class-validator';
import { InvalidId, parseUriId } from '../../kernel/ids.js';
import { MAX_PAGE_SIZE } from '../../kernel/page.js';
import { readInstant } from '../instant.js';

export { FreeJson } from '../../problems/free-json.js';

/** The member may be left out. Unlike class-validator's own rule, null is not the same as absent. */
export function Optional(): PropertyDecorator {
  return ValidateIf((_object, value) => value !== undefined);
}

/** The member may be left out or null, which both mean: none. */
export function OptionalOrNull(): PropertyDecorator {
  return ValidateIf((_object, value) => value !== undefined && value !== null);
}

@ValidatorConstraint({ name: 'isUriId' })
class UriId implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    try {
      parseUriId(value);
      return true;
    } catch (error) {
      if (error instanceof InvalidId) return false;
      throw error;
    }
  }

  defaultMessage(): string {
    return 'must be a URI of at most 512 characters, without raw spaces, controls or non-ASCII characters';
  }
}

/** An identifier: see parseUriId. */
export function IsUriId(): PropertyDecorator {
  return Validate(UriId);
}

/** An RFC 3339 time with a zone. */
export function IsInstant(): PropertyDecorator {
  return ValidateBy({
    name: 'isInstant',
    validator: {
      validate: (value: unknown) => readInstant(value) !== undefined,
      defaultMessage: () => 'must be an RFC 3339 time with a zone, such as 2026-01-01T00:00:00Z',
    },
  });
}

/** One line of 1 to `max` characters that says something: not blank, no controls. */
export function IsLine(max: number): PropertyDecorator {
  return lineRule(max, {});
}

/** A list of such lines. */
export function IsLines(max: number): PropertyDecorator {
  return lineRule(max, { each: true });
}

function lineRule(max: number, options: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    {
      name: 'isLine',
      validator: {
        validate: (value: unknown) =>
          typeof value === 'string' && value.trim() !== '' && Array.from(value).length <= max && !/[\p{Cc}\p{Cs}\u2028\u2029]/u.test(value),
        defaultMessage: () => `must be one line of 1 to ${max} characters, not blank and without controls`,
      },
    },
    options,
  );
}

/** Text of at most `max` characters; line breaks and tabs are its only controls. */
export function IsProse(max: number): PropertyDecorator {
  return ValidateBy({
    name: 'isProse',
    validator: {
      validate: (value: unknown) =>
        typeof value === 'string' && Array.from(value).length <= max && !/[\p{Cs}]|(?![\t\n\r])\p{Cc}/u.test(value),
      defaultMessage: () => `must be text of at most ${max} characters without controls`,
    },
  });
}

/** The size of a page: an integer from 1 to 1,000. */
export function IsPageLimit(): PropertyDecorator {
  return applyDecorators(IsInt(), Min(1), Max(MAX_PAGE_SIZE));
}
