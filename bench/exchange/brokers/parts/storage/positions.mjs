const BLOCK = 10_000_000;

/** Positions of the log drawn in one block, so that handing them out costs nothing. They lie beyond all that was used, in the open segment. */
export async function drawPositions(database) {
  const [{ last }] = await database.query(`SELECT nextval('message_position') AS last`);
  await database.query(`SELECT setval('message_position', $1)`, [(BigInt(last) + BigInt(BLOCK)).toString()]);
  let next = BigInt(last);
  return () => (next += 1n).toString();
}

/** The open segment of the message ids taken. */
export async function openSegment(database) {
  const [{ id }] = await database.query(`SELECT id FROM segment WHERE family = 'acceptance' AND closed_at IS NULL`);
  return id;
}
