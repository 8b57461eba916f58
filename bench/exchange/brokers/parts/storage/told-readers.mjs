/** Tells the readers of a message that was stored in another way, from memory as the product does: only how it was stored is to differ. */
export function tellReaders({ tail, wakeups }, row, position, acceptedAt, segment) {
  // Nothing came before: each receiver has one caller here, who waited for his last message.
  tail.committed(
    [{ row, position }],
    { acceptedAt, segment, askedAt: performance.now() },
    [{ channel: row.channel, lane: row.lane }],
    ['0'],
  );
  wakeups.wake(row.channel);
}
