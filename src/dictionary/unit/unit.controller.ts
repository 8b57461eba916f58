import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { ReadUnitDto, UnitQuery } from './unit.dto.js';
import { UnitReading } from './unit-reading.js';

/** Units of measurement (SD-FE). */
@ApiTags('Dictionary')
@ApiBearerAuth('organization')
@Controller('v1/dictionary/units')
export class UnitController {
  constructor(private readonly reading: UnitReading) {}

  @Get()
  @ApiOperation({
    operationId: 'readUnit',
    summary: 'Read a unit, and convert',
    description:
      'Gives the canonical UCUM form and the dimension of a unit. Codes of UN/CEFACT Rec 20 (`KMH`), DTDL (`kilometrePerHour`) and QUDT ' +
      '(`http://qudt.org/vocab/unit/KiloM-PER-HR`) are understood too. With `to`, tells whether the two are commensurable; with `value`, converts.',
  })
  @ApiOkResponse({ type: ReadUnitDto })
  @ApiResponse({
    status: 400,
    description: 'No unit, or the two are not commensurable: `errors` says which (problem+json `validation-failed`).',
  })
  read(@Query() query: UnitQuery): ReadUnitDto {
    return this.reading.read(query);
  }
}
