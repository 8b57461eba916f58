import { Injectable, type PipeTransform } from '@nestjs/common';
import { DomainError } from '../../problems/domain-error.js';

/** The body as the text it came as; see body-parsing. A request without a body is refused. */
@Injectable()
export class JsonTextPipe implements PipeTransform<unknown, string> {
  transform(value: unknown): string {
    if (typeof value === 'string') return value;
    throw new DomainError('malformed-message', 'The request needs a JSON document (Content-Type: application/json, application/td+json…).');
  }
}
