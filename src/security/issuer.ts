import type { Config } from '../config/config.js';

/**
 * Issuer and audience of this deployment's tokens: PUBLIC_URL without a trailing slash. Without PUBLIC_URL it is a fixed name, because
 * brokers that share a database listen on different addresses and must accept one another's tokens.
 */
export function issuerOf(config: Pick<Config, 'publicUrl'>): string {
  return config.publicUrl?.replace(/\/+$/, '') ?? 'urn:twinfed:broker';
}
