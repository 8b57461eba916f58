import 'reflect-metadata';
import { RenewLeasesDto } from './renew-leases.dto.js';
import { TwinProfileDto } from './twin-profile.dto.js';
import { DomainError } from '../../problems/domain-error.js';
import { DtoPipe, parseDto } from '../../problems/dto-validation.js';

function refusal(read: () => unknown): DomainError {
  try {
    read();
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
  throw new Error('It was not refused.');
}

const many = (count: number, value: unknown): unknown[] => Array.from({ length: count }, () => value);
const manyMembers = (count: number): Record<string, number> =>
  Object.fromEntries(many(count, 0).map((_, index) => [`member${index}`, index]));
const twin = (parts: object): unknown => ({ name: 'Twin', domain: 'traffic', ...parts });
const pointerOf = (value: unknown): unknown => refusal(() => parseDto(TwinProfileDto, value)).pointer;

// Without the bounds each of these takes class-transformer and class-validator many seconds, in which the process does nothing else.
describe('a body far larger than its DTO takes', () => {
  it('is refused for a list beyond its limit, at the list', () => {
    expect(pointerOf(twin({ features: many(300_000, {}) }))).toBe('/features');
    expect(pointerOf(twin({ composition: { parts: many(300_000, 1) } }))).toBe('/composition/parts');
  });

  it('is refused for members that are not known, the first 50 by name', () => {
    const found = refusal(() => parseDto(TwinProfileDto, twin(manyMembers(80_000))));
    expect(found.pointer).toBe('/member0');
    expect(found.errors).toHaveLength(50);
  });

  it('is refused for members that are not known in an object within it', () => {
    expect(pointerOf(twin({ lease: manyMembers(80_000) }))).toBe('/lease/member0');
    expect(pointerOf(twin({ features: [manyMembers(80_000)] }))).toBe('/features/0/member0');
  });

  it('is refused for heaps where a plain value belongs, and in a member that is not known', () => {
    expect(pointerOf(twin({ name: manyMembers(80_000) }))).toBe('/name');
    expect(pointerOf(twin({ unheard: { of: manyMembers(80_000) } }))).toBe('/unheard');
  });
});

it('takes ten thousand renewals, and free JSON of any size', () => {
  const renewals = many(10_000, { id: 'urn:example:twin', ttlSeconds: 60 });
  expect(parseDto(RenewLeasesDto, { renewals }).renewals).toHaveLength(10_000);
  const schema = { enum: many(30_000, 'x') };
  const read = parseDto(TwinProfileDto, twin({ features: [{ kind: 'data', name: 'f', version: '1.0.0', schema }] }));
  expect(read.features?.[0]).toMatchObject({ schema });
});

it('takes an absent body for an empty one, and refuses null', () => {
  const pipe = new DtoPipe();
  const refused = refusal(() => pipe.transform(null, { type: 'body', metatype: RenewLeasesDto }));
  expect(refused.code).toBe('validation-failed');
  expect(pipe.transform(undefined, { type: 'body', metatype: RenewLeasesDto })).toBeInstanceOf(RenewLeasesDto);
});
