/** An event of a stream. */
export interface StreamEvent {
  readonly type: string;
  readonly data: string;
  /** Of this very event; absent when it brought none. */
  readonly id?: string;
}

/** What a stream said: an event, or how long to wait before connecting again. */
export type StreamNews = { readonly event: StreamEvent } | { readonly retryMs: number };

/** Reads `text/event-stream` (WHATWG HTML §9.2.6) piece by piece. */
export class EventParser {
  private readonly decoder = new TextDecoder('utf-8', { fatal: true });
  private rest = '';
  private data: string[] = [];
  private size = 0;
  private type = '';
  private id?: string;

  /** @param most longest event, in characters */
  constructor(private readonly most: number) {}

  /** What the next bytes complete. @throws RangeError for an event that is too long, TypeError for what is not UTF-8 */
  *read(chunk: Uint8Array): Generator<StreamNews> {
    this.rest += this.decoder.decode(chunk, { stream: true });
    let start = 0;
    for (;;) {
      const end = /\r\n|\n|\r(?!$)/.exec(this.rest.slice(start));
      if (end === null) break;
      const line = this.rest.slice(start, start + end.index);
      start += end.index + end[0].length;
      const news = this.line(line);
      if (news !== undefined) yield news;
    }
    this.rest = this.rest.slice(start);
    if (this.rest.length + this.size > this.most) throw new RangeError('the event is too long');
  }

  private line(line: string): StreamNews | undefined {
    if (line === '') return this.dispatch();
    const [, name = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    switch (name) {
      case 'data':
        this.data.push(value);
        this.size += value.length + 1;
        return undefined;
      case 'event':
        this.type = value;
        return undefined;
      case 'id':
        if (!value.includes('\0')) this.id = value;
        return undefined;
      case 'retry':
        return /^\d{1,9}$/.test(value) ? { retryMs: Number(value) } : undefined;
      default:
        return undefined;
    }
  }

  private dispatch(): StreamNews | undefined {
    const { data, type, id } = this;
    this.data = [];
    this.size = 0;
    this.type = '';
    this.id = undefined;
    if (data.length === 0) return undefined;
    return { event: { type: type === '' ? 'message' : type, data: data.join('\n'), ...(id === undefined ? {} : { id }) } };
  }
}
