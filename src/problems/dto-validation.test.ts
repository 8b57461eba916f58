import 'reflect-metadata';
import { Type } from 'class-transformer';
import { IsNumber, IsOptional, IsString } from 'class-validator';
import type { DomainError } from './domain-error.js';
import { DtoPipe } from './dto-validation.js';

class OptionalQuery {
  @IsOptional()
  @Type(() => Number)
  @IsNumber()
  wait?: number;
}

class RequiredQuery {
  @IsString()
  sender!: string;
}

const pipe = new DtoPipe();
const query = (metatype: typeof OptionalQuery | typeof RequiredQuery, value: object = {}): unknown =>
  pipe.transform(value, { type: 'query', metatype });

it('reads a query without parameters as an object of its own each time', () => {
  const [one, other] = [query(OptionalQuery), query(OptionalQuery)];
  expect(one).toBeInstanceOf(OptionalQuery);
  expect(one).toEqual({});
  expect(one).not.toBe(other);
  expect(query(OptionalQuery, { wait: '3' })).toEqual({ wait: 3 });
});

it('refuses it each time where a parameter is required', () => {
  for (let time = 0; time < 2; time += 1) {
    let refused: unknown;
    try {
      query(RequiredQuery);
    } catch (error) {
      refused = error;
    }
    expect((refused as DomainError).pointer).toBe('/sender');
  }
});
