import { integerBetween, randomOf, rounded } from './random.js';
import { type Position, SITE, STEP_SECONDS } from './world.js';

/** Growth of an ultra-fast t² fire, as goods in high racks burn, in kilowatts per second squared. */
const GROWTH = 0.1876;
/** Time constant with which water brings the fire down, in seconds. */
const SUPPRESSION_SECONDS = 150;
/** The share of its peak below which a fire counts as under control. */
const CONTROLLED = 0.2;
/** Heat release when the alarm comes, in megawatts. */
const AT_ALARM = 8;
/** Seconds until engines that come by a clear approach give water. */
const TRAVEL_SECONDS = 360;

/** A fire that grows until its fuel limits it or water reaches it. Synthetic. */
export class WarehouseFire {
  /** What the burning goods can give at most, in megawatts. */
  readonly limit: number;
  /** Megawatts. */
  heatRelease = AT_ALARM;
  peak = AT_ALARM;
  private burning = Math.sqrt((AT_ALARM * 1_000) / GROWTH);
  private attacking: number | undefined;

  constructor(seed: number) {
    this.limit = integerBetween(randomOf(seed, 'fire'), 30, 50);
  }

  /** Engines set out; everything they wait for is done. */
  attack(): void {
    this.attacking ??= 0;
  }

  get isFought(): boolean {
    return this.attacking !== undefined && this.attacking > TRAVEL_SECONDS;
  }

  get isUnderControl(): boolean {
    return this.isFought && this.heatRelease < this.peak * CONTROLLED;
  }

  step(): void {
    if (this.attacking !== undefined) this.attacking += STEP_SECONDS;
    if (this.isFought) {
      this.heatRelease *= Math.exp(-STEP_SECONDS / SUPPRESSION_SECONDS);
      return;
    }
    this.burning += STEP_SECONDS;
    this.heatRelease = Math.min(this.limit, (GROWTH * this.burning ** 2) / 1_000);
    this.peak = Math.max(this.peak, this.heatRelease);
  }

  /** What the fire twin publishes. */
  measurement(): { synthetic: true; heatRelease: number; position: Position; underControl: boolean } {
    return { synthetic: true, heatRelease: rounded(this.heatRelease, 2), position: SITE, underControl: this.isUnderControl };
  }
}
