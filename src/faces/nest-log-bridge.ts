import type { LoggerService } from '@nestjs/common';
import type { Level, Logger } from 'pino';

const FRAMEWORK: readonly string[] = ['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestApplication'];

/**
 * Nest's logger, spoken through pino. Understands both of Nest's forms, `warn('text')` and `error('text', stack)`, and pino's
 * `warn({ field: value }, 'text')`; the last string is the context that `new Logger(context)` adds.
 */
export class NestLogBridge implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    // What the framework says of its own start interests only who works on it.
    this.write(FRAMEWORK.includes(String(rest.at(-1))) ? 'debug' : 'info', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  private write(level: Level, message: unknown, rest: readonly unknown[]): void {
    if (!this.logger.isLevelEnabled(level)) return;
    const context = typeof rest.at(-1) === 'string' ? (rest.at(-1) as string) : undefined;
    const others = context === undefined ? rest : rest.slice(0, -1);
    if (message instanceof Error) {
      this.logger[level]({ context, err: message }, message.message);
    } else if (typeof message === 'object' && message !== null) {
      const text = others.find((other) => typeof other === 'string');
      this.logger[level]({ context, ...message }, text);
    } else {
      const error = others.find((other) => other instanceof Error);
      const stack = others.find((other) => typeof other === 'string');
      const err = error ?? (stack === undefined ? undefined : { stack });
      this.logger[level]({ context, ...(err === undefined ? {} : { err }) }, String(message));
    }
  }
}
