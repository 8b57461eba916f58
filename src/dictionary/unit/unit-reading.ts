import { Injectable } from '@nestjs/common';
import { DomainError } from '../../problems/domain-error.js';
import { readExpression } from './unit-expression.js';
import { UnitRefused } from './unit-refused.js';
import type { ReadUnitDto, UnitQuery } from './unit.dto.js';
import { type Unit, Units } from './units.js';

/** What a caller asks of units: refusals become problems that name the parameter. */
@Injectable()
export class UnitReading {
  constructor(private readonly units: Units) {}

  /** @throws DomainError `validation-failed` */
  read({ code, vocabulary, to, value }: UnitQuery): ReadUnitDto {
    if (value !== undefined && to === undefined) throw refusal('/to', 'is required with value: the unit to convert to');
    const unit = at('/code', () => this.find(code, vocabulary));
    if (to === undefined) return shown(unit);
    const target = at('/to', () => this.units.read(to));
    const commensurable = this.units.commensurable(unit, target);
    const converted = value === undefined ? {} : { value: at('/value', () => this.units.convert(value, unit, target)) };
    return { ...shown(unit), comparison: { to: shown(target), commensurable, ...converted } };
  }

  private find(code: string, vocabulary: UnitQuery['vocabulary']): Unit {
    if (vocabulary === undefined) return this.units.read(code);
    if (vocabulary === 'ucum') {
      readExpression(code);
      return this.units.read(code);
    }
    const unit = this.units.readForeign(code, vocabulary);
    if (!unit) throw new UnitRefused(`${JSON.stringify(code)} is not a code of ${vocabulary} that is known here`);
    return unit;
  }
}

function shown({ code, kind, dimension }: Unit): { code: string; kind: Unit['kind']; dimension: string } {
  return { code, kind, dimension };
}

function at<T>(pointer: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof UnitRefused)) throw error;
    throw refusal(pointer, error.detail);
  }
}

function refusal(pointer: string, detail: string): DomainError {
  return new DomainError('validation-failed', `${detail}.`, { pointer, errors: [{ pointer, detail }] });
}
