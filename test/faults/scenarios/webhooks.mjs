/** Webhooks that misbehave. */
export async function webhooks() {
  return { skipped: 'not written yet' };
}
