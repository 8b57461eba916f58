import { TwinService } from '../../src/registry/twin.service.js';
import type { TwinProfileDto } from '../../src/registry/dto/twin-profile.dto.js';
import { MatchWatch } from '../../src/exchange/match/match-watch.js';
import { parseTwinId, type TwinId } from '../../src/kernel/ids.js';
import { randomUUID } from 'node:crypto';
import { CITY, invoke, provide, type TestBroker, TestCity } from './exchange-fixture.js';

/** A message on the wire, as far as these tests look. */
export interface Wire {
  header: { messageId: string; correlationId?: string; causationId?: string; receiver?: { id: string } };
  data: { status?: { code: string; reason?: string; details?: unknown[] }; payload?: unknown };
}

export interface Wish {
  match?: object;
  policy?: string;
  attemptTimeoutMs?: number;
}

/** Twins of one kind, with an asker that is connected to each. */
export class MatchCity {
  private constructor(readonly city: TestCity) {}

  static async build(brokers: number): Promise<MatchCity> {
    return new MatchCity(await TestCity.build(brokers, { maxDeliveryAttempts: 2 }));
  }

  broker(n = 0): TestBroker {
    return this.city.broker(n);
  }

  /** Registers a twin that closes roads, further from the center with every `place`. */
  async aCloser(place: number, parts: { idempotent?: boolean; labels?: Record<string, string>; input?: object } = {}): Promise<TwinId> {
    const id = parseTwinId(`urn:test:closer:${place}:${randomUUID()}`);
    const profile = {
      name: `closer ${place}`,
      domain: 'traffic',
      access: 'listed',
      labels: parts.labels ?? {},
      coverage: { area: { type: 'Point', coordinates: [place / 1_000, 51.5] } },
      features: [
        { kind: 'data', name: 'flow', schema: { type: 'object', required: ['n'], properties: { n: { type: 'number' } } } },
        {
          kind: 'function',
          name: 'closeRoad',
          input: parts.input ?? { type: 'object', required: ['road'] },
          output: { type: 'object', required: ['closed'] },
          ...(parts.idempotent === true ? { idempotent: true } : {}),
        },
      ],
    };
    await this.broker()
      .get(TwinService)
      .replace(CITY, id, profile as unknown as TwinProfileDto);
    return id;
  }

  /** An asker that is connected to each of the twins. */
  async anAskerOf(...twins: TwinId[]): Promise<{ asker: TwinId; connections: string[] }> {
    const asker = await this.city.aTwin('asker');
    return { asker, connections: await this.city.connect(asker, ...twins) };
  }

  /** Has everything looked at that is due, on every broker. */
  async look(): Promise<void> {
    for (const broker of this.city.brokers) await broker.get(MatchWatch).look();
  }

  /** What the twin gets, taken in hand. */
  async taken(twin: TwinId, broker = 0, waitMs = 0): Promise<Wire[]> {
    const { deliveries } = await this.broker(broker).claim(twin, { waitMs });
    return deliveries.map(({ candidate }) => wireOf(candidate));
  }

  async close(): Promise<void> {
    await this.city.close();
  }
}

/** The message of a log row. */
export function wireOf({ envelope, payload }: { envelope: string; payload: string | null }): Wire {
  const wire = JSON.parse(envelope) as Wire;
  return payload === null ? wire : { ...wire, data: { ...wire.data, payload: JSON.parse(payload) as unknown } };
}

/** Nearest to the center first. */
export const NEAREST = { sort: 'distance', from: { type: 'Point', coordinates: [0, 51.5] } };

/** The message to whoever matches. */
export function toWhom(message: object, { match = NEAREST, policy = 'best', attemptTimeoutMs }: Wish = {}): Wire {
  const wire = structuredClone(message) as Wire;
  const receiver = { match, policy, ...(attemptTimeoutMs === undefined ? {} : { attemptTimeoutMs }) };
  return { ...wire, header: Object.assign(wire.header, { receiver }) };
}

/** An INVOKE of `closeRoad` of whoever matches. */
export function call(asker: TwinId, wish: Wish = {}, extra: object = {}): Wire {
  return toWhom(invoke(asker, asker, extra), wish);
}

/** A PROVIDE of `flow` to whoever matches. */
export function offer(asker: TwinId, n: number, wish: Wish = {}): Wire {
  return toWhom(provide(asker, asker, n), wish);
}
