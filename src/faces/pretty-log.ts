import type { DestinationStream } from 'pino';

const COLOURS: Readonly<Record<string, number>> = { fatal: 31, error: 31, warn: 33, info: 32, debug: 36, trace: 90 };

interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

interface Line {
  level?: string;
  time?: string;
  context?: string;
  message?: string;
  err?: { stack?: string };
  [field: string]: unknown;
}

/** Renders the logger's JSON lines for people: time, level, context, message, then the other fields as name=value. */
export function prettyDestination(output: Output): DestinationStream {
  return {
    write(json: string): void {
      output.write(prettyLine(json, output.isTTY === true));
    },
  };
}

/** One log line for people, ending in a line feed; text that is not a JSON object is passed on as it is. */
export function prettyLine(json: string, colour: boolean): string {
  let line: Line;
  try {
    line = JSON.parse(json) as Line;
  } catch {
    return json;
  }
  const { level = 'info', time = '', context, message = '', err, ...fields } = line;
  const name = level.toUpperCase().padEnd(5);
  const shown = colour ? `\u001b[${COLOURS[level] ?? 0}m${name}\u001b[0m` : name;
  const rest = Object.entries(fields).map(([field, value]) => ` ${field}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const origin = context === undefined ? '' : `[${context}] `;
  const stack = err?.stack === undefined ? '' : `\n${err.stack}`;
  return `${time.slice(11, 23)} ${shown} ${origin}${message}${rest.join('')}${stack}\n`;
}
