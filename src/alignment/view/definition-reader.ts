import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { UnitRefused } from '../../dictionary/unit/unit-refused.js';
import { Units } from '../../dictionary/unit/units.js';
import { GeometryRefused } from '../../kernel/geo/geometry-refused.js';
import { parseGeometry } from '../../kernel/geo/geometry-parser.js';
import { parseFederationId, parseTwinId } from '../../kernel/ids.js';
import { DomainError, type ProblemPlace } from '../../problems/domain-error.js';
import type { ViewColumnDto } from './dto/view-column.dto.js';
import type { ReplaceViewDto, ViewLatenessDto, ViewPlaceDto, ViewRowsDto } from './dto/view-input.dto.js';
import type { Lateness, ViewColumn, ViewDefinition, ViewPlace, ViewRows } from './view.js';

const DEFAULT_RETAIN_SECONDS = 3_600;
const DEFAULT_DELAY_MS = 500;
const DEFAULT_IDLE_MS = 5_000;
const DEFAULT_CORRECT_MS = 600_000;
/** Slots that one value may reach into: each has to be brought back when it comes late. */
const MAX_HELD_SLOTS = 1_000;

/** Members whose values are found nowhere else: places beyond what single fields say. */
type Places = ProblemPlace[];

/** Reads what somebody wants joined: what the fields say one by one has been checked, here is what they say together. */
@Injectable()
export class DefinitionReader {
  constructor(
    private readonly units: Units,
    private readonly config: Config,
  ) {}

  /** @throws DomainError `validation-failed` with all places that are wrong */
  read(dto: ReplaceViewDto): ViewDefinition {
    const places: Places = [];
    const retainSeconds = this.retention(dto, places);
    const definition: ViewDefinition = {
      name: dto.name,
      ...(dto.description === undefined ? {} : { description: dto.description }),
      federationId: parseFederationId(dto.federationId),
      host: parseTwinId(dto.host),
      feature: dto.feature,
      slotMs: dto.slotMs,
      columns: dto.columns.map((column, index) => this.column(column, dto, index, places)),
      rows: rowsOf(dto.rows, places),
      lateness: latenessOf(dto.lateness, retainSeconds, places),
      retainSeconds,
    };
    refuse(places);
    return definition;
  }

  private retention({ retainSeconds, slotMs }: ReplaceViewDto, places: Places): number {
    const most = this.config.messageRetentionSeconds;
    const least = Math.ceil(slotMs / 1_000);
    const wished = retainSeconds ?? Math.min(Math.max(DEFAULT_RETAIN_SECONDS, 2 * least), most);
    if (wished > most) places.push({ pointer: '/retainSeconds', detail: `must be at most ${most}, as long as messages are retained` });
    if (wished < least) places.push({ pointer: '/retainSeconds', detail: 'must be at least the width of a slot' });
    return wished;
  }

  private column(dto: ViewColumnDto, { columns, host, slotMs, feature }: ReplaceViewDto, index: number, places: Places): ViewColumn {
    const at = `/columns/${index}`;
    const { name, members, select, aggregation, timePointer, placePointer, pointer = '', holdMs = 0 } = dto;
    if (columns.findIndex((other) => other.name === name) < index)
      places.push({ pointer: `${at}/name`, detail: 'is the name of another column' });
    if ((members === undefined) === (select === undefined)) places.push({ pointer: at, detail: 'must have either members or select' });
    if (select !== undefined && Object.values(select).every((value) => value === undefined))
      places.push({ pointer: `${at}/select`, detail: 'must have at least one of domain, semanticType and feature' });
    if (holdMs > MAX_HELD_SLOTS * slotMs)
      places.push({ pointer: `${at}/holdMs`, detail: `must not reach over more than ${MAX_HELD_SLOTS} slots` });
    const named = new Set<string>();
    members?.forEach((member, place) => {
      if (member.twin === host && member.feature === feature)
        places.push({ pointer: `${at}/members/${place}`, detail: 'is the feature on which the view itself is published' });
      else if (member.twin === host)
        places.push({ pointer: `${at}/members/${place}/twin`, detail: 'is the host: it joins what others share with it' });
      const key = `${member.twin} ${member.feature}`;
      if (named.has(key)) places.push({ pointer: `${at}/members/${place}`, detail: 'is named twice' });
      named.add(key);
    });
    return {
      name,
      ...(members === undefined ? {} : { members: members.map(({ twin, feature: of }) => ({ twin: parseTwinId(twin), feature: of })) }),
      ...(select === undefined ? {} : { select: { ...select } }),
      pointer,
      ...(timePointer === undefined ? {} : { timePointer }),
      ...(placePointer === undefined ? {} : { placePointer }),
      aggregation,
      ...this.unit('unit', dto.unit, `${at}/unit`, places),
      ...this.unit('sourceUnit', dto.sourceUnit, `${at}/sourceUnit`, places),
      holdMs,
    };
  }

  private unit(name: 'unit' | 'sourceUnit', text: string | undefined, pointer: string, places: Places): { [Name in typeof name]?: string } {
    if (text === undefined) return {};
    try {
      return { [name]: this.units.read(text).code };
    } catch (error) {
      if (!(error instanceof UnitRefused)) throw error;
      places.push({ pointer, detail: error.detail });
      return {};
    }
  }
}

function rowsOf(dto: ViewRowsDto | undefined, places: Places): ViewRows {
  const { by = 'twin', join, maxMeters, places: named } = dto ?? {};
  if (by !== 'place') {
    for (const [name, value] of Object.entries({ join, maxMeters, places: named })) {
      if (value !== undefined) places.push({ pointer: `/rows/${name}`, detail: 'belongs to rows by place' });
    }
    return { by };
  }
  if (join === undefined) places.push({ pointer: '/rows/join', detail: 'is required of rows by place' });
  if (named === undefined) places.push({ pointer: '/rows/places', detail: 'is required of rows by place' });
  return {
    by,
    places: (named ?? []).map((place, index) => placeOf(place, named ?? [], index, places)),
    join: join ?? 'nearest',
    ...(maxMeters === undefined ? {} : { maxMeters }),
  };
}

function placeOf({ id, area }: ViewPlaceDto, all: readonly ViewPlaceDto[], index: number, places: Places): ViewPlace {
  const at = `/rows/places/${index}`;
  if (all.findIndex((other) => other.id === id) < index) places.push({ pointer: `${at}/id`, detail: 'is the id of another place' });
  if (area === undefined) return { id };
  try {
    return { id, area: parseGeometry(area) };
  } catch (error) {
    if (!(error instanceof GeometryRefused)) throw error;
    places.push({ pointer: `${at}/area${error.pointer}`, detail: error.detail });
    return { id };
  }
}

function latenessOf(dto: ViewLatenessDto | undefined, retainSeconds: number, places: Places): Lateness {
  const { delayMs = DEFAULT_DELAY_MS, idleMs = DEFAULT_IDLE_MS, policy = 'drop', correctMs } = dto ?? {};
  if (policy === 'drop') {
    if (correctMs !== undefined) places.push({ pointer: '/lateness/correctMs', detail: 'belongs to the policy correct' });
    return { delayMs, idleMs, policy, correctMs: 0 };
  }
  if (correctMs !== undefined && correctMs > retainSeconds * 1_000)
    places.push({ pointer: '/lateness/correctMs', detail: 'must not be longer than slots are retained' });
  return { delayMs, idleMs, policy, correctMs: correctMs ?? Math.min(DEFAULT_CORRECT_MS, retainSeconds * 1_000) };
}

/** @throws DomainError `validation-failed` unless there are no places */
export function refuse(errors: ProblemPlace[]): void {
  const first = errors[0];
  if (first === undefined) return;
  throw new DomainError('validation-failed', `${first.pointer} ${first.detail}.`, { pointer: first.pointer, errors });
}
