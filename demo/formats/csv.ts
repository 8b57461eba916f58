import { parse } from 'csv-parse/sync';
import type { PayloadFormat } from './payload-format.js';

type Row = Readonly<Record<string, unknown>>;

/** RFC 4180, with a header. What is written is a record or a table of at least one; what is read is always a table. */
export class Csv implements PayloadFormat {
  readonly name = 'csv';

  payloadOf(value: unknown): string {
    return this.documentOf(value);
  }

  valueOf(payload: unknown): Row[] {
    return parse(String(payload), { columns: true, cast: (cell, { header }) => (header ? cell : typed(cell)) });
  }

  documentOf(value: unknown): string {
    const rows = (Array.isArray(value) ? value : [value]) as Row[];
    const columns = Object.keys(rows[0] ?? {});
    return [columns, ...rows.map((row) => columns.map((column) => row[column]))]
      .map((cells) => `${cells.map((cell) => written(String(cell))).join(',')}\n`)
      .join('');
  }
}

function written(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** CSV writes no types: what looks like a number or a truth value is one. */
function typed(cell: string): string | number | boolean {
  if (cell === 'true' || cell === 'false') return cell === 'true';
  return cell !== '' && Number.isFinite(Number(cell)) ? Number(cell) : cell;
}
