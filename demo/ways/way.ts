import type { Message } from '../client/message.js';
import type { TwinClient } from '../client/twin-client.js';
import type { PayloadFormat } from '../formats/payload-format.js';
import type { Wires } from './wires.js';

/** What a twin answers to a REQUEST. */
export interface Reply {
  /** Status code of the RESPONSE. */
  readonly code: string;
  readonly payload?: unknown;
  readonly reason?: string;
}

/**
 * Takes a message that came, as the wire gave it: `acceptedAt` is when the broker accepted it, if the wire says so. Gives the reply to a REQUEST that the twin
 * answers itself; throws on what has to come again.
 */
export type Hear = (message: Message, acceptedAt?: string) => Promise<Reply | undefined>;

/** What a twin has that others see: names of its features, and of what it needs of others, with their schemas. */
export interface Outline {
  readonly name: string;
  readonly features: readonly Readonly<Record<string, unknown> & { kind: 'data' | 'function'; name: string }>[];
  readonly needs: readonly Readonly<Record<string, unknown> & { kind: 'data' | 'function'; name: string }>[];
}

/** What a way works with. */
export interface Surroundings {
  readonly client: TwinClient;
  readonly wires: Wires;
  readonly outline: Outline;
  readonly hear: Hear;
}

/** How a twin speaks: by which wire messages come to it and its values go out, and how payloads are written. Nothing else of a twin depends on it. */
export interface Way {
  /** The wire, for people. */
  readonly name: string;
  readonly format: PayloadFormat;
  /** Opens the twin's end and has the broker connect to it. The twin is registered by then. @throws BrokerRefusal, Error */
  begin(surroundings: Surroundings): Promise<void>;
  /** Tells a value of a data feature to all who have subscribed to it. */
  publish(feature: string, value: unknown): Promise<void>;
  /** What a peer calls a feature that serves a need of the twin, for wires on which it arrives under the need's name. */
  expect?(need: string, feature: string): Promise<void>;
  end(): Promise<void>;
}

/** The data features of a twin. */
export function dataOf({ features }: Outline): string[] {
  return features.filter(({ kind }) => kind === 'data').map(({ name }) => name);
}

/** Whether what was delivered is the ping of a test, which has neither header nor data. */
export function isPing(message: Partial<Message>): boolean {
  return message.header === undefined;
}
