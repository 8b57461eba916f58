import { Injectable } from '@nestjs/common';
import type { OwnedTwin } from '../security/principal.js';

/** States of a feed, as CSIM tells them. */
export const WIRE_STATES = ['CONNECTING', 'CONNECTED', 'DISCONNECTED', 'LOST'] as const;
export type WireState = (typeof WIRE_STATES)[number];

/** How much went over a wire, and how well; up to a second old. */
export interface WireFigures {
  /** Of what comes in: documents. */
  readonly received?: number;
  /** Of what goes out: deliveries that the twin acknowledged. */
  readonly delivered?: number;
  /**
   * In milliseconds. Of what comes in: from when a document came until it was durable; of what goes out: from when a message was handed to the protocol until
   * the twin acknowledged it.
   */
  readonly latencyMs: number;
  /** Share of documents that were refused, or of attempts to deliver that failed, 0 to 1. */
  readonly errorRate: number;
  /** RFC 3339; when the last document came, or the last attempt ended. */
  readonly lastAt?: string;
}

/** A wire between the broker and a twin. */
export interface TwinWire {
  /** `in`: the broker listens to the twin; `out`: it delivers to the twin. */
  readonly direction: 'in' | 'out';
  readonly protocol: string;
  /** What its owner calls it; of those that come in. */
  readonly name?: string;
  /** The data feature whose values come, and nothing else. */
  readonly feature?: string;
  readonly isEnabled: boolean;
  readonly state: WireState;
  readonly since: Date;
  /** For the twin's owner alone. */
  readonly reason?: string;
  readonly figures?: WireFigures;
  /** What it cannot promise. */
  readonly losses: readonly { readonly kind: string; readonly detail: string }[];
}

/** Knows the wires of twins. Declared here, implemented by the exchange. */
export interface TwinWires {
  of(twin: OwnedTwin): Promise<readonly TwinWire[]>;
}

/** Where the exchange puts what knows the wires, as federations cannot import it. Without, twins have none. */
@Injectable()
export class TwinWiresPort implements TwinWires {
  private wires?: TwinWires;

  /** Called once, before the first request. */
  bind(wires: TwinWires): void {
    this.wires = wires;
  }

  async of(twin: OwnedTwin): Promise<readonly TwinWire[]> {
    return (await this.wires?.of(twin)) ?? [];
  }
}
