import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { DomainError, type ProblemPlace } from '../../problems/domain-error.js';

/** A JSON Schema document. */
export type AbstractDocument = Readonly<Record<string, unknown>>;

const ajv = new Ajv2020({ allErrors: true, useDefaults: true, strict: false, ownProperties: true });

/** Checks settings against their schema and completes them with its defaults. */
export class SettingsReader<T extends object> {
  private readonly validate: ValidateFunction;

  /** @param what whose settings, in words: `webhook` */
  constructor(
    private readonly what: string,
    schema: AbstractDocument,
    /** What the schema cannot say; asked only when it holds. */
    private readonly further: (settings: T) => readonly ProblemPlace[] = () => [],
  ) {
    this.validate = ajv.compile(schema);
  }

  /** @throws DomainError `validation-failed` with pointers into the settings */
  read(given: unknown): T {
    const settings: unknown = given === undefined ? undefined : structuredClone(given);
    const errors = this.validate(settings) ? this.further(settings as T) : (this.validate.errors ?? []).map(placeOf);
    if (errors.length === 0) return settings as T;
    throw new DomainError('validation-failed', `The settings of ${this.what} are not valid.`, {
      pointer: errors[0]?.pointer,
      errors: [...errors],
    });
  }
}

function placeOf({ instancePath, keyword, params, message }: ErrorObject): ProblemPlace {
  const member: unknown = params['additionalProperty'] ?? params['missingProperty'];
  const pointer = typeof member === 'string' ? `${instancePath}/${member.replaceAll('~', '~0').replaceAll('/', '~1')}` : instancePath;
  switch (keyword) {
    case 'additionalProperties':
      return { pointer, detail: 'is not a setting' };
    case 'required':
      return { pointer, detail: 'is required' };
    case 'enum':
      return { pointer, detail: `must be one of ${(params['allowedValues'] as readonly unknown[]).join(', ')}` };
    default:
      return { pointer, detail: message ?? 'is not valid' };
  }
}
