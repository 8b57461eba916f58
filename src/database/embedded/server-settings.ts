/** Name of the database role, its superuser, and of the database. */
export const DATABASE_NAME = 'twinfed';

/**
 * `postgresql.conf`, written anew on every start. What an operator wants otherwise goes through ALTER SYSTEM, which overrides it.
 */
export const TUNING = `# Written by the broker on every start. Use ALTER SYSTEM to change a setting for good.
max_connections = 200
shared_buffers = 256MB
effective_cache_size = 1GB
work_mem = 8MB
maintenance_work_mem = 128MB
# Small enough for the 64 MB of shared memory a container gets by default.
max_parallel_workers_per_gather = 2
random_page_cost = 1.1
jit = off
wal_level = replica
wal_buffers = 16MB
min_wal_size = 256MB
max_wal_size = 2GB
checkpoint_timeout = 10min
# Nothing may depend on where the machine stands.
timezone = 'UTC'
log_timezone = 'UTC'
datestyle = 'iso, ymd'
lc_messages = 'C'
default_text_search_config = 'pg_catalog.simple'
# Statements carry what the twins send one another: it stays out of the log.
log_min_messages = warning
log_min_error_statement = panic
log_checkpoints = off
log_line_prefix = '%m [%p] '
`;

/** `pg_hba.conf`: this machine only, and only with the password. */
export const CLIENT_AUTHENTICATION = 'host all all 127.0.0.1/32 scram-sha-256\n';

/** What must hold whatever the settings files say: durability, and that nobody outside this machine gets in. Paths are absolute. */
export function serverArguments(home: { cluster: string; settings: string; authentication: string }, port: number): string[] {
  const fixed: Record<string, string> = {
    config_file: home.settings,
    hba_file: home.authentication,
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    password_encryption: 'scram-sha-256',
    fsync: 'on',
    full_page_writes: 'on',
    synchronous_commit: 'on',
    logging_collector: 'off',
    log_destination: 'stderr',
  };
  return ['-D', home.cluster, ...Object.entries(fixed).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}
