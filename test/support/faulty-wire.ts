import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What becomes of bytes on their way to the server: they go on, they and all after them are swallowed, or the connection is cut. */
export type WireBehaviour = (chunk: Buffer) => 'pass' | 'swallow' | 'cut';

/** A TCP connection to a real server that can be made to fail. */
export class FaultyWire {
  private readonly sockets = new Set<Socket>();
  /** How many connections were made. */
  connections = 0;

  private constructor(
    private readonly server: Server,
    readonly port: number,
    public behaviour: WireBehaviour,
  ) {}

  /** @param target port of 127.0.0.1 that it leads to */
  static async start(target: number, behaviour: WireBehaviour = () => 'pass'): Promise<FaultyWire> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const wire = new FaultyWire(server, (server.address() as AddressInfo).port, behaviour);
    server.on('connection', (socket) => wire.carry(socket, target));
    return wire;
  }

  /** Cuts all connections that stand. Never by a reset: Node 20 then sometimes spins for ever when its process ends. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private carry(near: Socket, target: number): void {
    this.connections += 1;
    const far = connect({ host: '127.0.0.1', port: target });
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.sockets.delete(socket);
        other.destroy();
      });
    }
    let isSilent = false;
    near.on('data', (chunk) => {
      const what = isSilent ? 'swallow' : this.behaviour(chunk);
      if (what === 'cut') near.destroy();
      else if (what === 'swallow') isSilent = true;
      else far.write(chunk);
    });
    far.on('data', (chunk) => {
      if (!isSilent) near.write(chunk);
    });
  }
}
