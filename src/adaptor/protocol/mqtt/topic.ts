import type { OutboundDelivery } from '../outbound-protocol.js';

const PLACEHOLDERS = ['receiver', 'sender', 'action', 'subject', 'messageId', 'deliveryId'] as const;
const MAX_TOPIC_BYTES = 65_535;

/** What is wrong with the template of a topic; undefined when nothing is. */
export function faultOfTemplate(template: string): string | undefined {
  if (/[+#]/.test(template)) return 'must not hold the wildcards + and #: one publishes to one topic';
  if (template.startsWith('$')) return 'must not begin with $: such topics are the MQTT broker’s own';
  if (/[\u0000-\u001f\u007f-\u009f]/.test(template)) return 'must not hold control characters';
  const unknown = [...template.matchAll(/\{([^{}]*)\}/g)]
    .map(([, name]) => name)
    .find((name) => !PLACEHOLDERS.some((known) => known === name));
  if (unknown !== undefined) return `must not hold {${unknown}}; there are ${PLACEHOLDERS.map((name) => `{${name}}`).join(', ')}`;
  return /[{}]/.test(template.replace(/\{[^{}]*\}/g, '')) ? 'must not hold a brace that opens or closes nothing' : undefined;
}

/** What is wrong with a topic filter; undefined when nothing is (MQTT 5 §4.7.1). */
export function faultOfFilter(filter: string): string | undefined {
  if (/[\u0000-\u001f\u007f-\u009f]/.test(filter)) return 'must not hold control characters';
  if (filter.startsWith('$share/')) return 'must not be a shared subscription by itself: share names the group';
  const levels = filter.split('/');
  if (levels.some((level) => level.length > 1 && /[+#]/.test(level))) return 'must have + and # alone on their level';
  return levels.slice(0, -1).includes('#') ? 'must have # on its last level only' : undefined;
}

/** The topic of a delivery; undefined when it would be too long. */
export function topicOf(template: string, delivery: OutboundDelivery): string | undefined {
  const topic = template.replace(/\{(\w+)\}/g, (_, name: (typeof PLACEHOLDERS)[number]) => encoded(delivery[name] ?? ''));
  return Buffer.byteLength(topic) > MAX_TOPIC_BYTES ? undefined : topic;
}

/** Percent-encodes what would make more levels, or wildcards, of a value. */
function encoded(value: string): string {
  return value.replace(/[/+#%\u0000-\u001f\u007f-\u009f]/g, (character) =>
    [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}

/** Whether a topic matches a filter. */
export function matches(filter: string, topic: string): boolean {
  const levels = topic.split('/');
  const wanted = filter.split('/');
  for (const [n, level] of wanted.entries()) {
    if (level === '#') return true;
    if (n >= levels.length || (level !== '+' && level !== levels[n])) return false;
  }
  return wanted.length === levels.length;
}
