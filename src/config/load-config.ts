import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { Config, ENV_VARIABLES } from './config.js';

/** A variable is wrong. The message names the variables and the rules they break, never their values. */
export class ConfigError extends Error {
  constructor(readonly lines: readonly string[]) {
    super(`The configuration is not valid:\n${lines.map((line) => `  ${line}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

function ruleText(message: string, property: string): string {
  return message.startsWith(`${property} `) ? message.slice(property.length + 1) : message;
}

/**
 * Reads the configuration from `environment` (empty strings count as unset), validates it whole and freezes it.
 * @throws ConfigError naming every wrong variable and its rule
 */
export function loadConfig(environment: Readonly<Record<string, string | undefined>> = process.env): Config {
  const given: Partial<Record<keyof Config, string>> = {};
  for (const [property, variable] of Object.entries(ENV_VARIABLES) as [keyof Config, string][]) {
    const value = environment[variable];
    if (value !== undefined && value !== '') given[property] = value;
  }
  const config = plainToInstance(Config, given, { exposeDefaultValues: true });
  const lines = validateSync(config).flatMap((error) =>
    Object.values(error.constraints ?? {}).map(
      (message) => `${ENV_VARIABLES[error.property as keyof Config]} ${ruleText(message, error.property)}`,
    ),
  );
  if (lines.length === 0 && config.idempotencyWindowSeconds > config.messageRetentionSeconds) {
    lines.push('IDEMPOTENCY_WINDOW must not be longer than MESSAGE_RETENTION');
  }
  if (lines.length > 0) throw new ConfigError(lines);
  return Object.freeze(config);
}
