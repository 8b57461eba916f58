import { type DestinationStream, type Logger, pino, stdSerializers } from 'pino';
import type { Config } from '../config/config.js';
import { prettyDestination } from './pretty-log.js';

/** Where secrets could stand in what is logged; their values are replaced. */
const REDACTED = ['authorization', 'client_secret', 'clientSecret', 'password', 'secret', 'token', 'access_token'];

/**
 * The program's logger: one JSON object a line on standard output, or lines for people when LOG_FORMAT is `pretty` or standard output is
 * a terminal. Values under names that hold secrets are replaced, at the top and one level down.
 * @param output where the lines go instead of standard output
 */
export function createLogger(config: Config, output?: DestinationStream): Logger {
  const pretty = (config.logFormat ?? (process.stdout.isTTY ? 'pretty' : 'json')) === 'pretty';
  const options = {
    level: config.logLevel,
    base: undefined,
    messageKey: 'message',
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (level: string) => ({ level }) },
    serializers: { err: stdSerializers.err },
    redact: { paths: REDACTED.flatMap((name) => [name, `*.${name}`, `*.headers.${name}`]), censor: '[secret]' },
  };
  return pino(options, pretty ? prettyDestination(output ?? process.stdout) : (output ?? pino.destination(1)));
}
