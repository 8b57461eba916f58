import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../machine/ports.mjs';
import { call, isPassing, twinPath } from './client.mjs';
import { Model } from './model.mjs';
import { echoRequest, echoResponse, flowMessage } from './world.mjs';

const RETRY_MS = 60;
const CLAIM_WAIT_SECONDS = 1;
/** Shorter than a lease together with the wait, so that no claim is noted whose lease has run out. */
const CLAIM_TIMEOUT_MS = 3_000;
export const LEASE_SECONDS = 5;

/** Senders, consumers, a requester and a responder at work over several brokers, until told to end. */
export class Load {
  model = new Model();
  #sending = true;
  #reading = true;
  /** What sends, and what reads. */
  #asking = [];
  #work = [];
  /** Latest moments (ms) at which each broker took a message and gave a delivery. */
  lastAccepted = new Map();
  lastDelivered = new Map();
  gaps = { accepted: new Map(), delivered: new Map() };

  /** @param {{brokers: {url: string}[], world: object, random: object}} parts */
  constructor({ brokers, world, random }) {
    this.brokers = brokers;
    this.world = world;
    this.random = random;
    this.startedAt = new Date().toISOString();
  }

  begin() {
    const { senders } = this.world;
    this.#asking = [
      ...senders.map((sender, index) => (index % 4 === 3 ? this.#sendArrays(sender, index) : this.#sendSingly(sender, index))),
      this.#request(),
    ];
    this.#work = [
      ...this.brokers.map((_, home) => this.#consume(`consumer-${home}`, home)),
      ...this.brokers.map((_, home) => this.#respond(`responder-${home}`, home)),
      this.#readAnswers(),
    ];
  }

  /** Ends the sending, waits until everything promised has come, ends the reading. */
  async end(limitMs = 90_000) {
    this.#sending = false;
    // What is on its way when the sending ends counts too: it is promised, or asked, only when its answer is there.
    await Promise.race([Promise.all(this.#asking), delay(limitMs, undefined, { ref: false })]);
    await until(limitMs, () => this.model.missing === 0 && this.model.unanswered === 0, 100);
    this.#reading = false;
    await Promise.all([...this.#asking, ...this.#work]);
    return this.model.verdict();
  }

  /** Calls a broker, the next one after each failure, until there is an answer that is not for now only. */
  async #persist(home, method, path, body, options = {}) {
    for (let at = home; ; at += 1) {
      const broker = this.brokers[at % this.brokers.length];
      const answer = await call(broker.url, method, path, { token: this.world.token, body, ...options });
      if (!isPassing(answer)) return { ...answer, broker: at % this.brokers.length };
      if (!this.#reading) return undefined;
      await delay(RETRY_MS);
    }
  }

  async #sendSingly(sender, home) {
    for (let n = 0; this.#sending; n += 1) {
      const answer = await this.#persist(home, 'POST', '/v1/messages', flowMessage(this.world, sender, n, this.startedAt));
      if (answer === undefined) return;
      if (answer.status !== 202) {
        this.model.violations.push(`${sender}: message ${n} was refused: ${answer.status} ${JSON.stringify(answer.body)}`);
        return;
      }
      this.#note('accepted', answer.broker);
      this.model.promise(sender, n);
    }
  }

  async #sendArrays(sender, home) {
    this.model.unordered.add(sender);
    for (let n = 0; this.#sending;) {
      const numbers = Array.from({ length: 20 }, (_, index) => n + index);
      const messages = numbers.map((each) => flowMessage(this.world, sender, each, this.startedAt));
      const answer = await this.#persist(home, 'POST', '/v1/messages', messages);
      if (answer === undefined) return;
      if (answer.status !== 207) {
        this.model.violations.push(`${sender}: an array was refused: ${answer.status} ${JSON.stringify(answer.body)}`);
        return;
      }
      const refused = answer.body.find((outcome) => outcome.status !== 'ACCEPTED');
      if (refused === undefined) {
        for (const each of numbers) this.model.promise(sender, each);
        n += numbers.length;
      } else if (![429, 503].includes(refused.status)) {
        this.model.violations.push(`${sender}: one of an array was refused: ${JSON.stringify(refused)}`);
        return;
      }
    }
  }

  async #consume(consumer, home) {
    for (let turn = 0; this.#reading; turn += 1) {
      const claim = await this.#claim(home, this.world.receiver, { claimId: `${consumer}-${turn}`, consumer, max: 40 });
      if (claim.leaseToken === undefined) continue;
      this.#note('delivered', home);
      for (const delivery of claim.deliveries) {
        const { header, data } = delivery.message;
        this.model.receive(header.sender.id, data.payload.n, {
          marked: delivery.redelivered === true,
          id: delivery.id,
          claim: claim.words,
        });
      }
      // Some consumers die with what they hold, some give it back, most settle.
      if (this.random.chance(0.02) && this.#sending) continue;
      const path = twinPath(this.world.receiver);
      if (this.random.chance(0.03)) {
        await this.#try(home, 'POST', `${path}/inbox/nacks`, { leaseToken: claim.leaseToken, delaySeconds: 0.2 });
        continue;
      }
      const ack = await this.#try(home, 'POST', `${path}/inbox/acks`, { leaseToken: claim.leaseToken });
      if (ack.status !== 200) continue;
      for (const { message } of claim.deliveries) this.model.ack(message.header.sender.id, message.data.payload.n, claim.words);
    }
  }

  /** Claims; what got no answer is asked again under its own name, which gives the same lease if there was one. */
  async #claim(home, twin, request) {
    const body = { waitSeconds: CLAIM_WAIT_SECONDS, leaseSeconds: LEASE_SECONDS, ...request };
    while (this.#reading) {
      const asked = new Date().toISOString();
      const options = { token: this.world.token, body, timeoutMs: CLAIM_TIMEOUT_MS };
      const answer = await call(this.brokers[home].url, 'POST', `${twinPath(twin)}/inbox/claims`, options);
      if (answer.status === 200) {
        const { claimId, expiresAt } = answer.body;
        const words = `claim ${claimId} over broker ${home}, asked ${asked}, answered ${new Date().toISOString()}, leased until ${expiresAt}`;
        return { ...answer.body, words };
      }
      if (!isPassing(answer)) this.model.violations.push(`a claim was refused: ${answer.status} ${JSON.stringify(answer.body)}`);
      await delay(RETRY_MS);
    }
    return { deliveries: [] };
  }

  #try(home, method, path, body) {
    return call(this.brokers[home].url, method, path, { token: this.world.token, body });
  }

  async #request() {
    for (let n = 0; this.#sending; n += 1) {
      const messageId = `q-${n}`;
      const wait = this.random.chance(0.5) ? '?wait=1' : '';
      const message = echoRequest(this.world, messageId, this.startedAt, 12_000);
      const answer = await this.#persist(n, 'POST', `/v1/messages${wait}`, message, { timeoutMs: 5_000 });
      if (answer === undefined) return;
      if (answer.status !== 202 && answer.status !== 200) {
        this.model.violations.push(`${messageId} was refused: ${answer.status} ${JSON.stringify(answer.body)}`);
        return;
      }
      this.model.ask(this.world.requester, messageId);
      if (answer.status === 200) this.#noteAnswer(answer.body);
      await delay(20);
    }
  }

  async #respond(consumer, home) {
    for (let turn = 0; this.#reading; turn += 1) {
      const claim = await this.#claim(home, this.world.responder, { claimId: `${consumer}-${turn}`, consumer, max: 10 });
      for (const { message } of claim.deliveries) {
        // Some are never answered: their time runs out.
        if (Number(message.header.messageId.slice(2)) % 9 === 0) continue;
        const answer = await this.#persist(home, 'POST', '/v1/messages', echoResponse(this.world, message));
        if (answer !== undefined && ![202, 410].includes(answer.status)) {
          this.model.violations.push(
            `the answer to ${message.header.messageId} was refused: ${answer.status} ${JSON.stringify(answer.body)}`,
          );
        }
      }
      if (claim.leaseToken !== undefined)
        await this.#try(home, 'POST', `${twinPath(this.world.responder)}/inbox/acks`, { leaseToken: claim.leaseToken });
    }
  }

  async #readAnswers() {
    for (let turn = 0; this.#reading; turn += 1) {
      const home = turn % this.brokers.length;
      const claim = await this.#claim(home, this.world.requester, { claimId: `answers-${turn}`, consumer: 'answers', max: 100 });
      if (claim.leaseToken === undefined) continue;
      for (const { message } of claim.deliveries) this.#noteAnswer(message);
      await this.#try(home, 'POST', `${twinPath(this.world.requester)}/inbox/acks`, { leaseToken: claim.leaseToken });
    }
  }

  #noteAnswer(message) {
    if (message?.header?.messageType !== 'RESPONSE') return;
    this.model.answer(this.world.requester, message.header.correlationId, message.header.messageId);
  }

  /** Notes progress through a broker and the longest pause so far. */
  #note(what, broker) {
    const last = what === 'accepted' ? this.lastAccepted : this.lastDelivered;
    const now = performance.now();
    const gap = now - (last.get(broker) ?? now);
    this.gaps[what].set(broker, Math.max(this.gaps[what].get(broker) ?? 0, gap));
    last.set(broker, now);
  }

  /** Begins to measure pauses anew. */
  resetGaps() {
    const now = performance.now();
    this.gaps = { accepted: new Map(), delivered: new Map() };
    for (const broker of this.brokers.keys()) {
      this.lastAccepted.set(broker, now);
      this.lastDelivered.set(broker, now);
    }
  }

  /** The longest pause of a broker, the present one included, in milliseconds. */
  pause(what, broker) {
    const last = what === 'accepted' ? this.lastAccepted : this.lastDelivered;
    return Math.max(this.gaps[what].get(broker) ?? 0, performance.now() - (last.get(broker) ?? performance.now()));
  }
}
