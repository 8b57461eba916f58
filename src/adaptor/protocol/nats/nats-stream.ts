import { AckPolicy, type Consumer, DeliverPolicy, type JetStreamManager, nanos, type NatsConnection } from 'nats';
import { WireFault } from '../wire/wire-fault.js';
import type { NatsBindingSettings } from './nats-settings.js';

/** Name of the stream that a binding listens to. @throws WireFault when none takes the subject */
export async function streamOf(streams: JetStreamManager, { stream, subject }: NatsBindingSettings): Promise<string> {
  if (stream !== undefined) return stream;
  try {
    return await streams.streams.find(subject);
  } catch (error) {
    if ((error as { message?: unknown }).message === 'no stream matches subject') throw new WireFault('no stream takes its subject');
    throw error;
  }
}

/** The durable consumer of a binding, made or brought to its settings. Where it stands is kept by the server. */
export async function durableConsumer(connection: NatsConnection, settings: NatsBindingSettings, name: string): Promise<Consumer> {
  const { subject, from, ackWaitMs, maxInHand, timeoutMs } = settings;
  const manager = await connection.jetstreamManager({ timeout: timeoutMs });
  const stream = await streamOf(manager, settings);
  const wanted = { filter_subject: subject, ack_wait: nanos(ackWaitMs), max_ack_pending: maxInHand };
  const isThere = await manager.consumers.info(stream, name).then(
    () => true,
    (error: unknown) => {
      if ((error as { api_error?: { code?: unknown } }).api_error?.code === 404) return false;
      throw error;
    },
  );
  if (isThere) {
    await manager.consumers.update(stream, name, wanted);
  } else {
    await manager.consumers.add(stream, {
      durable_name: name,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: from === 'all' ? DeliverPolicy.All : DeliverPolicy.New,
      max_deliver: -1,
      ...wanted,
    });
  }
  return connection.jetstream().consumers.get(stream, name);
}
