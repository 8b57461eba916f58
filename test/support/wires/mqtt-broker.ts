import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { Aedes } from 'aedes';
import { connectAsync, type MqttClient } from 'mqtt';

/** An MQTT broker of this process on 127.0.0.1. */
export class MqttBroker {
  private readonly sockets = new Set<Socket>();

  private constructor(
    readonly aedes: Aedes,
    private readonly server: Server,
    private readonly isTls: boolean,
  ) {}

  static async start(options: { tls?: { key: string; cert: string }; port?: number } = {}): Promise<MqttBroker> {
    const aedes = await Aedes.createBroker({ concurrency: 1_000 });
    const handle = aedes.handle as (socket: Socket) => void;
    const server = options.tls === undefined ? createServer(handle) : createTlsServer(options.tls, handle);
    const broker = new MqttBroker(aedes, server, options.tls !== undefined);
    server.on('connection', (socket: Socket) => {
      broker.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => broker.sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
    return broker;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return this.isTls ? `mqtts://localhost:${this.port}` : `mqtt://127.0.0.1:${this.port}`;
  }

  /** A client of it. */
  client(options: Parameters<typeof connectAsync>[1] = {}): Promise<MqttClient> {
    return connectAsync(this.url, options);
  }

  /** Breaks every connection off. */
  dropAll(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.dropAll();
    await new Promise<void>((resolve) => this.aedes.close(() => resolve()));
    await new Promise((resolve) => this.server.close(resolve));
  }
}
