import { Injectable } from '@nestjs/common';

/** Times and bounds of joining, in milliseconds; read whenever they are used, so that tests can shorten them. */
@Injectable()
export class ViewTimes {
  /** How long a slot of views is held without being renewed. With {@link tickMs}, the longest time until another broker takes over. */
  leaseMs = 3_000;
  /** Between two renewals. */
  tickMs = 750;
  /** Between two looks at whether a view is due. */
  passMs = 50;
  /** How often a view is looked at: four times in a slot, within these bounds. */
  lookLeastMs = 200;
  lookMostMs = 1_000;
  /** A view rests for so many times as long as reading took, at least. */
  restPerReading = 0.5;
  /** How long after a slot may be closed it is looked whether it is, so that the newest observations have come. */
  closingMs = 20;
  /** Between two checkpoints, at least. */
  saveMs = 1_000;
  /** Bytes of checkpoints that one view may write in a second, roughly. */
  saveBytesPerSecond = 400_000;
  /** Between two looks at who is joined, at least, and at most. */
  membersLeastMs = 1_000;
  membersMostMs = 60_000;
  /** After a failure, until a view is loaded again. */
  retryMs = 500;
  /** How far an observation may lie ahead of the clock; or a slot, if that is longer. */
  aheadMs = 60_000;
  /** Slots closed in one transaction at most. */
  closedAtOnce = 16;
}
