import { Injectable } from '@nestjs/common';

/** Times and bounds of outbound deliveries, in milliseconds; read whenever they are used, so that tests can shorten them. */
@Injectable()
export class OutboundTimes {
  /** How long a slot is held without being renewed. With {@link tickMs}, the longest time until another broker takes over: below 5 s. */
  leaseMs = 3_000;
  /** Between two renewals. */
  tickMs = 750;
  /** By how much a message is leased longer than its delivery may take. */
  spareMs = 15_000;
  /** Failures in a row that open the circuit. */
  tripAfter = 5;
  /** How long the circuit stays open: at first, doubling to at most; ± 20 %. */
  openFirstMs = 5_000;
  openMostMs = 300_000;
  /** Between two handshakes with who did not agree: at first, doubling to at most. After so many, the endpoint is disabled. */
  verifyFirstMs = 2_000;
  verifyMostMs = 900_000;
  verifyTries = 24;
  /** How often idle endpoints are looked at, a few at a time, in case something happened that nobody signalled. */
  sweepMs = 2_000;
  /** How long a stop waits for deliveries under way. */
  drainMs = 5_000;

  /** A delay that doubles from `first` to `most`, with jitter; `n` from 1. */
  growing(first: number, most: number, n: number): number {
    return Math.min(first * 2 ** Math.min(n - 1, 30), most) * (0.8 + 0.4 * Math.random());
  }
}
