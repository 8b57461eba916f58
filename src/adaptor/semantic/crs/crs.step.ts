import type { AdaptationLoss } from '../../plan/adaptation-plan.js';
import { ParameterReader, type Parameters } from '../parameters.js';
import { changeAt, placeOf } from '../place.js';
import type { RunStep, SemanticStep } from '../semantic-step.js';
import { AXIS_ORDERS, type AxisOrder, faultOfCrs, type SpokenCrs, transformer } from './reference-system.js';
import { changePositions } from './positions.js';

interface CrsConversion {
  readonly at: string;
  readonly from: SpokenCrs;
  readonly to: SpokenCrs;
}

/**
 * Coordinates of one reference system in place of another: `{conversions: [{at, from: {crs: 'EPSG:27700', axisOrder: 'xy'}, to: {crs: 'EPSG:4326', axisOrder:
 * 'yx'}}]}`. What stands at the place is a position, a list of them in any depth, or a GeoJSON object. The order of axes is always said: `xy` is easting or
 * longitude first, `yx` northing or latitude first.
 */
export class CrsStep implements SemanticStep {
  readonly name = 'crs';

  read(parameters: unknown): Parameters {
    const reader = new ParameterReader(this.name);
    const given = reader.object(parameters, ['conversions']);
    const conversions = reader.list<CrsConversion>(given, 'conversions', ['at', 'from', 'to'], (entry, pointer) => ({
      at: reader.place(entry, 'at', pointer),
      from: readCrs(reader, entry.from, `${pointer}/from`),
      to: readCrs(reader, entry.to, `${pointer}/to`),
    }));
    return reader.done({ conversions });
  }

  compile(parameters: Parameters): RunStep {
    const runs = conversionsOf(parameters).map(({ at, from, to }) => {
      const transform = transformer(from, to);
      return changeAt(placeOf(at), (value) => changePositions(value, transform));
    });
    return (value) => runs.reduce((before, run) => run(before), value);
  }

  inverse(parameters: Parameters): { name: string; parameters: Parameters } {
    const conversions = conversionsOf(parameters).map(({ at, from, to }) => ({ at, from: to, to: from }));
    return { name: this.name, parameters: { conversions } };
  }

  losses(parameters: Parameters): readonly AdaptationLoss[] {
    return conversionsOf(parameters).flatMap(({ at, from, to }) =>
      from.crs === to.crs
        ? []
        : [
            {
              kind: 'rounding',
              pointer: at,
              detail: `From ${from.crs} to ${to.crs}: rounded to a millimetre or so, and between datums without a grid accurate to metres.`,
            },
          ],
    );
  }
}

function readCrs(reader: ParameterReader, value: unknown, pointer: string): SpokenCrs {
  const given = reader.object(value, ['crs', 'axisOrder'], pointer);
  const crs = reader.text(given, 'crs', pointer);
  if (given.axisOrder === undefined) reader.refuse(`${pointer}/axisOrder`, 'is required: xy or yx');
  const axisOrder: AxisOrder = reader.oneOf(given, 'axisOrder', AXIS_ORDERS, 'xy', pointer);
  const fault = crs === '' ? undefined : faultOfCrs(crs);
  if (fault !== undefined) reader.refuse(`${pointer}/crs`, fault);
  return { crs, axisOrder };
}

function conversionsOf({ conversions }: Parameters): readonly CrsConversion[] {
  return conversions as readonly CrsConversion[];
}
