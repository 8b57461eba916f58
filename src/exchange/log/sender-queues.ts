/** What is queued: its size counts towards the batch. */
export interface Sized {
  bytes: number;
}

interface Queue<T> {
  items: T[];
  /** Index of the first item not yet taken. */
  head: number;
}

/** Messages taken from one sender before it is the next one's turn. */
const TURN = 16;

/** A queue a sender, served in turns: however much one of them sends, the others wait for one turn of it, and each keeps its own order. */
export class SenderQueues<T extends Sized> {
  /** In the order of the turns. */
  private readonly queues = new Map<string, Queue<T>>();
  private count = 0;

  /** Items that wait. */
  get length(): number {
    return this.count;
  }

  push(sender: string, item: T): void {
    const queue = this.queues.get(sender);
    if (queue === undefined) this.queues.set(sender, { items: [item], head: 0 });
    else queue.items.push(item);
    this.count += 1;
  }

  /** Takes the next batch: at most `maxItems`, and no more once it holds `maxBytes`. */
  take(maxItems: number, maxBytes: number): T[] {
    const batch: T[] = [];
    let bytes = 0;
    while (this.count > batch.length && batch.length < maxItems && bytes < maxBytes) {
      const [next] = this.queues;
      if (next === undefined) break;
      const [sender, queue] = next;
      const end = Math.min(queue.items.length, queue.head + TURN, queue.head + maxItems - batch.length);
      for (; queue.head < end && bytes < maxBytes; queue.head += 1) {
        const item = queue.items[queue.head];
        if (item === undefined) break;
        batch.push(item);
        bytes += item.bytes;
      }
      this.queues.delete(sender);
      if (queue.head < queue.items.length) this.queues.set(sender, trimmed(queue));
    }
    this.count -= batch.length;
    return batch;
  }
}

/** What was taken is let go before it is half of a long queue. */
function trimmed<T>(queue: Queue<T>): Queue<T> {
  return queue.head > 1_024 && queue.head * 2 > queue.items.length ? { items: queue.items.slice(queue.head), head: 0 } : queue;
}
