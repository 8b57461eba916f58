// The peers that are servers of their own: started from their Debian packages, on 127.0.0.1, with their data beside the benchmark's PostgreSQL.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, installed, OwnServer } from './own-server.mjs';

async function startIn(bench, place, program, args, port, env) {
  const server = bench.own(new OwnServer(program, args, { cwd: place, env }));
  await server.listens(port);
}

async function placeFor(bench, name) {
  const place = join(bench.postgres.place, name);
  await mkdir(place, { recursive: true });
  return place;
}

/** RabbitMQ with an Erlang port mapper of its own; undefined where it is not installed. */
export async function startRabbit(bench) {
  const [program, mapper] = [installed('/usr/lib/rabbitmq/bin/rabbitmq-server'), installed('/usr/bin/epmd')];
  if (program === undefined || mapper === undefined) return undefined;
  const place = await placeFor(bench, 'rabbitmq');
  const [port, mapperPort, distribution] = [await freePort(), await freePort(), await freePort()];
  const common = { ERL_EPMD_PORT: String(mapperPort), ERL_EPMD_ADDRESS: '127.0.0.1' };
  await startIn(bench, place, mapper, [], mapperPort, common);
  await writeFile(
    join(place, 'rabbitmq.conf'),
    `listeners.tcp.local = 127.0.0.1:${port}\nloopback_users = none\nlog.file.level = warning\n`,
  );
  await writeFile(join(place, 'enabled_plugins'), '[].\n');
  await startIn(bench, place, program, [], port, {
    ...common,
    RABBITMQ_NODENAME: `bench${port}@localhost`,
    RABBITMQ_DIST_PORT: String(distribution),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    RABBITMQ_CONFIG_FILE: join(place, 'rabbitmq'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(place, 'enabled_plugins'),
    RABBITMQ_MNESIA_BASE: join(place, 'mnesia'),
    RABBITMQ_LOG_BASE: join(place, 'log'),
    RABBITMQ_PID_FILE: join(place, 'pid'),
  });
  return `amqp://guest:guest@127.0.0.1:${port}`;
}

/** NATS with JetStream on disk; undefined where it is not installed. */
export async function startNats(bench) {
  const program = installed('/usr/sbin/nats-server', '/usr/bin/nats-server');
  if (program === undefined) return undefined;
  const place = await placeFor(bench, 'nats');
  const port = await freePort();
  await startIn(bench, place, program, ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', place], port);
  return `127.0.0.1:${port}`;
}

/** Mosquitto; undefined where it is not installed. */
export async function startMosquitto(bench) {
  const program = installed('/usr/sbin/mosquitto');
  if (program === undefined) return undefined;
  const place = await placeFor(bench, 'mosquitto');
  const port = await freePort();
  const settings = [
    `listener ${port} 127.0.0.1`,
    'allow_anonymous true',
    'user root',
    'persistence true',
    `persistence_location ${place}/`,
    'max_queued_messages 0',
    'max_inflight_messages 256',
  ];
  await writeFile(join(place, 'mosquitto.conf'), `${settings.join('\n')}\n`);
  await startIn(bench, place, program, ['-c', join(place, 'mosquitto.conf')], port);
  return `mqtt://127.0.0.1:${port}`;
}
