import { readFileSync } from 'node:fs';
import type { ConnectionOptions as TlsOptions } from 'node:tls';

/** A place where the PostgreSQL may be found. */
export interface DatabaseHost {
  host: string;
  port: number;
}

/** A connection URL taken apart. Several hosts are tried in order until one accepts writes (libpq's multi-host form). */
export interface ConnectionTarget {
  hosts: readonly [DatabaseHost, ...DatabaseHost[]];
  user: string;
  password: string | undefined;
  database: string;
  ssl: TlsOptions | false;
}

const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];

function tls(mode: string, caFile: string | undefined): TlsOptions | false {
  switch (mode) {
    case 'disable':
    case 'allow':
    case 'prefer':
      return false;
    case 'require':
      return caFile === undefined ? { rejectUnauthorized: false } : { ca: readFileSync(caFile, 'utf8') };
    case 'verify-ca':
      return { ...ca(caFile), checkServerIdentity: () => undefined };
    case 'verify-full':
      return ca(caFile);
    default:
      throw new Error(`DATABASE_URL: sslmode must be one of ${SSL_MODES.join(', ')}`);
  }
}

function ca(caFile: string | undefined): TlsOptions {
  return caFile === undefined ? {} : { ca: readFileSync(caFile, 'utf8') };
}

function parseHost(text: string): DatabaseHost {
  const match = /^(\[[0-9a-fA-F:]+\]|[^:]*)(?::(\d{1,5}))?$/.exec(text);
  if (match === null) throw new Error('DATABASE_URL: a host must be written as name or name:port');
  const host = (match[1] ?? '').replace(/^\[|\]$/g, '');
  return { host: host === '' ? 'localhost' : host, port: Number(match[2] ?? 5432) };
}

/**
 * Takes a `postgresql://user:password@host1:port1,host2:port2/database?sslmode=…` URL apart.
 * @param caFile PEM file with the authority of the server's certificate (also `sslrootcert` in the URL)
 * @throws Error naming the rule, never showing the URL, which holds a password
 */
export function parseDatabaseUrl(url: string, caFile?: string): ConnectionTarget {
  const match = /^postgres(?:ql)?:\/\/(?:([^@/]*)@)?([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/.exec(url);
  if (match === null) throw new Error('DATABASE_URL: must be postgresql://user:password@host[:port][,host2…]/database');
  const [user = '', password] = (match[1] ?? '').split(/:(.*)/s, 2);
  const parameters = new URLSearchParams(match[4] ?? '');
  const hosts = (match[2] ?? '').split(',').map(parseHost);
  const [first, ...others] = hosts;
  if (first === undefined) throw new Error('DATABASE_URL: names no host');
  const socketDirectory = parameters.get('host');
  return {
    hosts: socketDirectory === null ? [first, ...others] : [{ host: socketDirectory, port: first.port }],
    user: decodeURIComponent(user) || 'postgres',
    password: password === undefined ? undefined : decodeURIComponent(password),
    database: decodeURIComponent(match[3] ?? '') || decodeURIComponent(user) || 'postgres',
    ssl: tls(parameters.get('sslmode') ?? 'prefer', caFile ?? parameters.get('sslrootcert') ?? undefined),
  };
}
