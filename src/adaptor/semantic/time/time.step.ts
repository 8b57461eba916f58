import type { AdaptationLoss } from '../../plan/adaptation-plan.js';
import { ParameterReader, type Parameters } from '../parameters.js';
import { changeAt, placeOf } from '../place.js';
import type { RunStep, SemanticStep } from '../semantic-step.js';
import { faultOfTimeForm, readTime, type TimeForm, writeTime } from './time-form.js';

interface TimeConversion {
  readonly at: string;
  readonly from: TimeForm;
  readonly to: TimeForm;
}

/**
 * Times in one form in place of another: `{conversions: [{at, from: {format: 'dd.MM.yyyy HH:mm', zone: 'Europe/Berlin'}, to: {format: 'rfc3339'}}]}`. A form
 * is `rfc3339`, `epoch-ms`, `epoch-s` or a pattern of Luxon; a pattern without an offset needs the zone.
 */
export class TimeStep implements SemanticStep {
  readonly name = 'time';

  read(parameters: unknown): Parameters {
    const reader = new ParameterReader(this.name);
    const given = reader.object(parameters, ['conversions']);
    const conversions = reader.list<TimeConversion>(given, 'conversions', ['at', 'from', 'to'], (entry, pointer) => ({
      at: reader.place(entry, 'at', pointer),
      from: readForm(reader, entry.from, `${pointer}/from`),
      to: readForm(reader, entry.to, `${pointer}/to`),
    }));
    return reader.done({ conversions });
  }

  compile(parameters: Parameters): RunStep {
    const runs = conversionsOf(parameters).map(({ at, from, to }) =>
      changeAt(placeOf(at), (value) => writeTime(readTime(value, from), to)),
    );
    return (value) => runs.reduce((before, run) => run(before), value);
  }

  inverse(parameters: Parameters): { name: string; parameters: Parameters } {
    const conversions = conversionsOf(parameters).map(({ at, from, to }) => ({ at, from: to, to: from }));
    return { name: this.name, parameters: { conversions } };
  }

  losses(parameters: Parameters): readonly AdaptationLoss[] {
    return conversionsOf(parameters).flatMap(({ at, from, to }): AdaptationLoss[] => {
      const losses = [];
      if (from.format === 'rfc3339')
        losses.push({ kind: 'time-zone-lost', pointer: at, detail: 'The offset in which the sender wrote the time.' });
      if (isPattern(from))
        losses.push({
          kind: 'ambiguous-hour',
          pointer: at,
          detail: 'In the hour that comes twice when summer time ends, the first is meant.',
        });
      const precision = precisionOf(to);
      if (precision !== undefined) losses.push({ kind: 'precision', pointer: at, detail: precision });
      return losses;
    });
  }
}

function readForm(reader: ParameterReader, value: unknown, pointer: string): TimeForm {
  const given = reader.object(value, ['format', 'zone'], pointer);
  const form = {
    format: reader.text(given, 'format', pointer),
    ...(given.zone === undefined ? {} : { zone: reader.text(given, 'zone', pointer) }),
  };
  const fault = form.format === '' ? undefined : faultOfTimeForm(form);
  if (fault !== undefined) reader.refuse(pointer, fault);
  return form;
}

function conversionsOf({ conversions }: Parameters): readonly TimeConversion[] {
  return conversions as readonly TimeConversion[];
}

function isPattern({ format }: TimeForm): boolean {
  return !['rfc3339', 'epoch-ms', 'epoch-s'].includes(format);
}

function precisionOf(form: TimeForm): string | undefined {
  if (form.format === 'epoch-s') return 'Fractions of a second.';
  if (isPattern(form)) return `What ${form.format} does not say.`;
  return 'Fractions of a millisecond.';
}
