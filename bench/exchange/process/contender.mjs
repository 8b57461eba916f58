import { fork } from 'node:child_process';
import { join } from 'node:path';

const CHILD = join(import.meta.dirname, 'child.mjs');
const CLOSE_LIMIT_MS = 20_000;
const KEPT_LINES = 100;

/** A contender: a process that runs one of the things compared, and is told over IPC what to do. */
export class Contender {
  #child;
  #lines = [];
  #calls = new Map();
  #next = 0;

  /**
   * Starts one and lets it open.
   * @param {string} module what it runs, beneath bench/exchange
   * @param {object} options told to the module's `open`
   * @param {readonly string[]} nodeOptions
   */
  static async start(module, options, nodeOptions = []) {
    const contender = new Contender(module, nodeOptions);
    try {
      await contender.call('open', options, 120_000);
      return contender;
    } catch (error) {
      await contender.close();
      throw error;
    }
  }

  constructor(module, nodeOptions) {
    const { PATH = '', HOME = '' } = process.env;
    this.module = module;
    this.#child = fork(CHILD, [module], { execArgv: [...nodeOptions], env: { PATH, HOME }, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) stream.setEncoding('utf8').on('data', (text) => this.#note(text));
    this.#child.on('message', ({ id, value, error }) => this.#settle(id, value, error));
    this.#child.once('exit', (code, signal) => {
      for (const id of this.#calls.keys()) this.#settle(id, undefined, `${module} ended (${code ?? signal})\n${this.log}`);
    });
  }

  get pid() {
    return this.#child.pid;
  }

  /** The last that it wrote. */
  get log() {
    return this.#lines.join('');
  }

  /** Asks it to do something; rejects when that takes longer than `limitMs`. */
  call(method, argument, limitMs = 120_000) {
    return new Promise((resolve, reject) => {
      const id = (this.#next += 1);
      const timer = setTimeout(() => this.#settle(id, undefined, `${this.module}: ${method} took too long\n${this.log}`), limitMs);
      this.#calls.set(id, { resolve, reject, timer });
      this.#child.send({ id, method, argument }, (error) => {
        if (error) this.#settle(id, undefined, error.message);
      });
    });
  }

  /** Ends it, by force when it does not go by itself. */
  async close() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    if (this.#child.connected) this.#child.disconnect();
    const force = setTimeout(() => this.#child.kill('SIGKILL'), CLOSE_LIMIT_MS);
    await gone;
    clearTimeout(force);
  }

  #settle(id, value, error) {
    const call = this.#calls.get(id);
    if (call === undefined) return;
    this.#calls.delete(id);
    clearTimeout(call.timer);
    if (error === undefined) call.resolve(value);
    else call.reject(new Error(error));
  }

  #note(text) {
    this.#lines.push(text);
    if (this.#lines.length > KEPT_LINES) this.#lines.shift();
  }
}
