/**
 * What must hold, by what callers were told and receivers got; nothing is asked of the broker. A key is a sender, whose messages are numbered from 0
 * and sent one after the other, each until it was promised.
 */
export class Model {
  #promised = new Map();
  #received = new Map();
  /** By message, which claim's lease it was acked with. */
  #acked = new Map();
  #requests = new Map();
  violations = [];
  /** Keys whose messages go out several at once: what came of them is checked, not in which order. */
  unordered = new Set();

  /** A message got its 2xx. */
  promise(key, n) {
    const count = this.#promised.get(key) ?? 0;
    if (n !== count) this.violations.push(`${key}: message ${n} was promised after ${count - 1}`);
    this.#promised.set(key, n + 1);
  }

  /** A delivery came. `marked`: it says that it was delivered before. `claim`: in words, how it was got. */
  receive(key, n, { marked, id, claim }) {
    const seen = this.#received.get(key) ?? { ids: new Map() };
    this.#received.set(key, seen);
    const settled = this.#acked.get(`${key} ${n}`);
    if (settled !== undefined) this.violations.push(`${key}: message ${n} came again after its ack: by ${claim}; acked by ${settled}`);
    const known = seen.ids.get(n);
    if (known !== undefined && known !== id) this.violations.push(`${key}: message ${n} is stored twice`);
    if (known !== undefined && !marked) this.violations.push(`${key}: message ${n} came again unmarked`);
    if (known === undefined) {
      if (n !== seen.ids.size && !this.unordered.has(key)) this.violations.push(`${key}: message ${n} came when ${seen.ids.size} was next`);
      seen.ids.set(n, id);
    }
  }

  /** An ack got its 2xx. */
  ack(key, n, claim) {
    this.#acked.set(`${key} ${n}`, `${claim}, acked ${new Date().toISOString()}`);
  }

  /** A REQUEST got its 2xx. */
  ask(requester, messageId) {
    const id = `${requester} ${messageId}`;
    if (!this.#requests.has(id)) this.#requests.set(id, new Set());
  }

  /** A RESPONSE came, inline or by the inbox. */
  answer(requester, correlationId, responseId) {
    const id = `${requester} ${correlationId}`;
    const answers = this.#requests.get(id) ?? new Set();
    answers.add(responseId);
    this.#requests.set(id, answers);
    if (answers.size === 2) this.violations.push(`${id} was answered twice`);
  }

  /** How many promised messages have not come yet. */
  get missing() {
    let count = 0;
    for (const [key, promised] of this.#promised) count += Math.max(0, promised - (this.#received.get(key)?.ids.size ?? 0));
    return count;
  }

  /** How many promised REQUESTs have no answer yet. */
  get unanswered() {
    return [...this.#requests.values()].filter((answers) => answers.size === 0).length;
  }

  get totals() {
    const sum = (numbers) => [...numbers].reduce((total, each) => total + each, 0);
    return {
      promised: sum(this.#promised.values()),
      received: sum([...this.#received.values()].map(({ ids }) => ids.size)),
      requests: this.#requests.size,
    };
  }

  /** What is wrong once everything had its time. */
  verdict() {
    const found = [...this.violations];
    for (const [key, promised] of this.#promised) {
      const received = this.#received.get(key)?.ids.size ?? 0;
      if (received < promised) found.push(`${key}: ${promised - received} of ${promised} promised messages never came`);
    }
    for (const [id, answers] of this.#requests) if (answers.size === 0) found.push(`${id} was never answered`);
    return found;
  }
}
