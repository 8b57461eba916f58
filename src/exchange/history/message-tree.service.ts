import { Injectable } from '@nestjs/common';
import type { Principal } from '../../security/principal.js';
import type { Envelope } from '../../vocabulary/envelope.js';
import { LogReader } from '../log/log-reader.js';
import { isStream } from '../log/log-row.js';
import { type FoundMessage, mayName, MessageFinder } from './message-finder.js';
import { MessageHistoryService } from './message-history.service.js';
import { type LinkKind, MessageLinks } from './message-links.js';

/** A message in its tree. Of a redacted one neither id nor content is told. */
export interface TreeNode {
  /** How it hangs on the one above. */
  link?: LinkKind | 'answer';
  redacted?: true;
  messageId?: string;
  messageType?: string;
  sender: string;
  receiver?: string;
  action?: string;
  object?: Envelope['data']['object'];
  /** Of an answer. */
  status?: string;
  acceptedAt: Date;
  children: TreeNode[];
}

/** A tree, from its root. */
export interface MessageTree {
  root: TreeNode;
  /** There when the tree is larger than one look. */
  incomplete?: true;
}

const MOST_NODES = 500;
const MOST_LEVELS = 32;

interface Branch {
  node: TreeNode;
  found: FoundMessage;
}

/** Finds the whole tree of messages that one of them belongs to, as far as the caller may see it. */
@Injectable()
export class MessageTreeService {
  constructor(
    private readonly history: MessageHistoryService,
    private readonly finder: MessageFinder,
    private readonly links: MessageLinks,
    private readonly reader: LogReader,
  ) {}

  /** The tree of a message that the caller may see whole. @throws DomainError `not-found` */
  async read(principal: Principal, sender: string, messageId: string): Promise<MessageTree> {
    const top = await this.top(principal, await this.history.find(principal, sender, messageId));
    const root = await this.nodeOf(principal, top);
    const tree: MessageTree = { root: root ?? bare(top) };
    const known = new Set([keyOf(top)]);
    let level: Branch[] = [{ node: tree.root, found: top }];
    for (let depth = 0; depth < MOST_LEVELS && level.length > 0; depth += 1) {
      const next: Branch[] = [];
      const links = await this.links.find([...new Set(level.map(({ found }) => found.messageId))], MOST_NODES);
      for (const { node, found } of level) {
        await this.addAnswer(principal, node, found);
        for (const link of links.filter(({ cause }) => cause === found.messageId)) {
          if (!mayName(link.sender, found) || known.has(`${link.sender} ${link.messageId}`)) continue;
          if (known.size >= MOST_NODES) return { ...tree, incomplete: true };
          const child = await this.finder.find(link.sender, link.messageId);
          if (child === undefined) continue;
          known.add(keyOf(child));
          const made = await this.nodeOf(principal, child, link.kind);
          if (made === undefined) continue;
          node.children.push(made);
          next.push({ node: made, found: child });
        }
        node.children.sort((a, b) => a.acceptedAt.getTime() - b.acceptedAt.getTime());
      }
      level = next;
    }
    return level.length > 0 ? { ...tree, incomplete: true } : tree;
  }

  /** The highest message that the caller still sees. */
  private async top(principal: Principal, from: FoundMessage): Promise<FoundMessage> {
    let found = from;
    const seen = new Set([keyOf(from)]);
    for (let step = 0; step < MOST_LEVELS; step += 1) {
      const header = found.envelope?.header;
      const named = header?.replayOf ?? header?.correlationId ?? header?.causationId;
      const above = named === undefined ? undefined : await this.finder.named(found.sender, named);
      if (above === undefined || seen.has(keyOf(above)) || (await this.finder.sight(principal, above)) === 'none') return found;
      seen.add(keyOf(above));
      found = above;
    }
    return found;
  }

  private async nodeOf(principal: Principal, found: FoundMessage, link?: LinkKind): Promise<TreeNode | undefined> {
    const sight = await this.finder.sight(principal, found);
    if (sight === 'none') return undefined;
    const node = { ...(link === undefined ? {} : { link }), ...bare(found) };
    if (sight === 'redacted') return { ...node, redacted: true };
    const { header, data } = found.envelope ?? {};
    return {
      ...node,
      messageId: header?.messageId ?? found.messageId,
      ...(header === undefined ? {} : { messageType: header.messageType }),
      ...(data === undefined ? {} : { action: data.action, object: data.object }),
    };
  }

  private async addAnswer(principal: Principal, node: TreeNode, found: FoundMessage): Promise<void> {
    const { sender, messageId, accepted } = found;
    if (accepted.deadline === null && found.envelope?.header.messageType !== 'REQUEST') return;
    const answer = await this.reader.findAnswer({ requester: sender, messageId, segment: accepted.segment });
    if (answer === undefined) return;
    const { header, data } = JSON.parse(answer.envelope) as Envelope;
    const isWhole = node.redacted === undefined && (await this.finder.sight(principal, found)) === 'whole';
    node.children.push({
      link: 'answer',
      ...(isWhole
        ? {
            messageId: header.messageId,
            messageType: header.messageType,
            action: data.action,
            object: data.object,
            status: data.status?.code,
          }
        : { redacted: true as const }),
      sender: header.sender.id,
      receiver: sender,
      acceptedAt: answer.acceptedAt,
      children: [],
    });
  }
}

function keyOf({ sender, messageId }: FoundMessage): string {
  return `${sender} ${messageId}`;
}

function bare({ sender, accepted }: FoundMessage): TreeNode {
  return {
    sender,
    ...(isStream(accepted.channel) ? {} : { receiver: accepted.channel }),
    acceptedAt: accepted.acceptedAt,
    children: [],
  };
}
