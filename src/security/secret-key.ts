import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Config } from '../config/config.js';
import { createPrivateFile, readPrivateFile } from './private-file.js';

const FILE_NAME = 'secret.key';
const MIN_LENGTH = 32;

/** The secret key cannot be used; the message names SECRET_KEY and what to do, never the key. */
export class SecretKeyError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SecretKeyError';
  }
}

/**
 * The key that seals what the database keeps secret: SECRET_KEY, or the one in DATA_DIR/secret.key, generated (256 random bits) the first
 * time. Processes that start together share one.
 * @throws SecretKeyError when the file holds no key
 */
export async function readSecretKey(config: Pick<Config, 'secretKey' | 'dataDir'>): Promise<string> {
  if (config.secretKey !== undefined) return config.secretKey;
  const path = join(config.dataDir, FILE_NAME);
  const content = (await readPrivateFile(path)) ?? (await createPrivateFile(path, `${randomBytes(32).toString('base64url')}\n`));
  const key = content.trim();
  if (key.length < MIN_LENGTH) {
    throw new SecretKeyError(`${path} holds no secret key (at least ${MIN_LENGTH} characters): restore the file, or set SECRET_KEY.`);
  }
  return key;
}
